import { useEffect, useMemo, useState } from 'react';
import { isObject, placeOf } from '../../builder/document.ts';
import { type Evaluated, evaluateTemplate } from '../../builder/evaluate.ts';
import { knownOf } from '../../builder/known.ts';
import { rootsOf } from '../../builder/references.ts';
import { useBuilder } from './builder-context.ts';
import { useScope } from './use-scope.ts';

/** Typing pauses this long before it is evaluated. */
const QUIET_MS = 30;

/** What a preview has no value for; it would show a wrong result. */
const OUTSIDE = [
  { names: ['secrets'], why: 'It reads secrets, which are not in the browser.' },
  { names: ['steps *'], why: 'It reads all steps at once, which only a run has.' },
];
const SOURCES = { run: 'the run', sample: 'samples', test: 'the last test' } as const;

export interface Evaluation {
  result: Evaluated | undefined;
  /** Why there is no result although nothing is known to be wrong. */
  cannot: string | undefined;
  /** `samples`, `the run`: where the values are from. Empty where it reads none. */
  from: string;
}

/** What a text with expressions gives, by the engine's own evaluator, and what its check says of the names. */
export function useEvaluation(template: string, hasItem: boolean): Evaluation {
  const { document, selected, run } = useBuilder();
  const place = placeOf(document, selected);
  const roots = rootsOf(template);
  const forEach = hasItem && isObject(place?.step.for_each) ? String(place.step.for_each.items ?? '') : undefined;
  const items = forEach !== undefined && (roots.has('item') || roots.has('index')) ? forEach : undefined;
  const { scope, missing, sources, isPending } = useScope(items === undefined ? template : `${template} ${items}`);
  // Other steps change with each key that is pressed in them, and their names do not.
  const names = JSON.stringify(knownNames(document, selected, hasItem));
  // biome-ignore lint/correctness/useExhaustiveDependencies: the names are all that it reads of the document
  const known = useMemo(() => knownOf(document, selected, hasItem), [names]);
  const [last, setLast] = useState<{ template: string; scope: object; result: Evaluated }>();
  const outside = OUTSIDE.find(({ names }) => names.some((name) => roots.has(name)));
  const cannot =
    outside?.why ??
    (roots.has('run') && run === undefined
      ? 'It reads the run: choose one under “Run on the drawing” to see a result.'
      : missing.length > 0
        ? `No data is known of ${missing.join(', ')}: test ${missing.length === 1 ? 'it' : 'them'} or pin a sample to see a result.`
        : undefined);
  const isReady = !isPending && template.replaceAll(/[{}\s]/g, '') !== '';
  const isOnlyChecked = cannot !== undefined;
  useEffect(() => {
    if (!isReady) return;
    const controller = new AbortController();
    const timer = setTimeout(async () => {
      const asked = { template, scope, items, known, isOnlyChecked };
      const next = await evaluateTemplate(asked, controller.signal);
      if (!controller.signal.aborted) setLast({ template, scope, result: next });
    }, QUIET_MS);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [isReady, template, scope, items, known, isOnlyChecked]);
  const from = [...new Set(sources)].map((source) => SOURCES[source]).join(' and ');
  // What an earlier text gave is never shown for this one.
  const result = isReady && last?.template === template && last.scope === scope ? last.result : undefined;
  return { result, cannot: isPending ? undefined : cannot, from };
}

function knownNames(document: object, selected: string | undefined, hasItem: boolean): unknown {
  const { steps, ...known } = knownOf(document as never, selected, hasItem);
  return [...steps.keys(), known];
}

interface PreviewProps {
  id: string;
  evaluation: Evaluation;
  title: string;
  /** Characters of the template that stand before the text. */
  shift: number;
}

/** The result of an expression, or what is wrong with it and where. */
export function Preview({ id, evaluation: { result, cannot, from }, title, shift }: PreviewProps) {
  const name = `Result of ${title}`;
  if (result !== undefined && 'problem' in result) {
    return (
      <p id={id} className="field-error" role="status" aria-label={name}>
        {result.problem}
        {result.position !== undefined && ` (at character ${Math.max(result.position - shift, 1)})`}
      </p>
    );
  }
  return (
    <p id={id} className="field-hint expression-result" role="status" aria-label={name}>
      {cannot !== undefined
        ? cannot
        : result !== undefined && (
            <>
              {from === '' ? 'Gives' : `With ${from}:`} {result.type} <code>{result.text}</code>
              {result.isCut && ' … (cut)'}
            </>
          )}
    </p>
  );
}
