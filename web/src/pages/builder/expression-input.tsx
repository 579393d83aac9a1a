import { lazy, Suspense, useCallback, useMemo } from 'react';
import { completionsAt, neededFor } from '../../builder/completions.ts';
import { isObject, placeOf } from '../../builder/document.ts';
import { expressionsOf, referencedSteps, rootsOf } from '../../builder/references.ts';
import { typedPathAt } from '../../builder/typed-path.ts';
import { useBuilder } from './builder-context.ts';
import type { ExpressionEditorProps } from './expression-props.ts';
import { useCaret, useStandIn } from './hand-over.ts';
import { type Evaluation, Preview, useEvaluation } from './preview.tsx';
import { useData } from './use-data.ts';

// Where the editor cannot be loaded, a plain field takes its place.
const Editor = lazy(() => import('./expression-editor.tsx').catch(() => ({ default: PlainEditor })));
const OPEN = '{{ ';

interface ExpressionInputProps {
  id: string;
  label: string;
  text: string;
  onChange(text: string): void;
  describedBy?: string | undefined;
  isInvalid?: boolean;
  isDisabled?: boolean;
  isWhole: boolean;
  /** Where the step is a loop: its item can be read. */
  hasItem: boolean;
}

/** An editor of expressions with its preview below: completion from real data, and the place of an error. */
export function ExpressionInput(props: ExpressionInputProps) {
  const { id, label, text, onChange, describedBy, isInvalid = false, isDisabled = false, isWhole, hasItem } = props;
  const { document, selected } = useBuilder();
  const data = useData();
  const template = isWhole ? `${OPEN}${text} }}` : text;
  const shift = isWhole ? OPEN.length : 0;
  const evaluation = useEvaluation(template, hasItem);
  const complete = useCallback(
    async (text: string, at: number, isAsked: boolean) => {
      const whole = isWhole ? `${OPEN}${text} }}` : text;
      const typed = typedPathAt(whole, at + shift);
      if (typed === undefined) return undefined;
      const isNothing = typed.names.length === 0 && typed.from === at + shift && typed.context === undefined;
      if (isNothing && !isAsked) return undefined;
      const forEach = placeOf(document, selected)?.step.for_each;
      const items = isObject(forEach) ? String(forEach.items ?? '') : '';
      const ofItems = [...referencedSteps(items), ...(rootsOf(items).has('trigger') ? ['trigger'] : [])];
      const root = await data.load(neededFor(typed, ofItems), hasItem);
      return { from: typed.from - shift, options: completionsAt(typed, root) };
    },
    [data, document, selected, hasItem, isWhole, shift],
  );
  const editor: ExpressionEditorProps = {
    id,
    label,
    text,
    onChange,
    describedBy: [describedBy, `${id}-preview`].filter(Boolean).join(' '),
    isInvalid,
    isDisabled,
    isWhole,
    caret: useCaret(),
    problem: useProblem(evaluation, text.length, shift),
    complete,
    isInside,
  };
  return (
    <>
      <Suspense fallback={<PlainEditor {...editor} />}>
        <Editor {...editor} />
      </Suspense>
      {text.trim() !== '' && <Preview id={`${id}-preview`} evaluation={evaluation} title={label} shift={shift} />}
    </>
  );
}

function useProblem({ result }: Evaluation, length: number, shift: number): ExpressionEditorProps['problem'] {
  return useMemo(() => {
    if (result === undefined || !('problem' in result)) return undefined;
    const to = result.position === undefined ? length : Math.min(result.position - shift, length);
    const from = result.position === undefined ? 0 : to - Math.max(result.length ?? 1, 1);
    return { from, to, message: result.problem };
  }, [result, length, shift]);
}

function isInside(text: string, at: number): boolean {
  return [...expressionsOf(text)].some(({ start, end }) => start <= at && at <= end);
}

/** The same text without any help. */
function PlainEditor(props: ExpressionEditorProps) {
  const { id, label, text, onChange, describedBy, isInvalid, isDisabled, caret } = props;
  const field = useStandIn(caret);
  return (
    <textarea
      id={id}
      className="input mono"
      aria-label={label}
      ref={field}
      value={text}
      spellCheck={false}
      disabled={isDisabled}
      aria-describedby={describedBy}
      aria-invalid={isInvalid || undefined}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
