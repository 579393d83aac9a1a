import { useEffect, useState } from 'react';
import { evaluateTemplate } from '../../builder/evaluate.ts';
import type { Evaluated } from '../../builder/evaluate.worker.ts';
import { rootsOf } from '../../builder/references.ts';
import { stringifyExact } from '../../data/json.ts';
import type { ExpressionField, ExpressionMode } from '../../forms/form-context.ts';
import { useScope } from './use-scope.ts';

/** Typing pauses this long before it is evaluated. */
const QUIET_MS = 150;

/** What a preview has no value for; it would show a wrong result. */
const OUTSIDE = [
  { names: ['secrets'], why: 'It reads secrets, which are not in the browser.' },
  { names: ['item', 'index'], why: 'It reads the item of a loop, which only a test has.' },
  { names: ['run'], why: 'It reads the run, which only a test has.' },
  { names: ['steps *'], why: 'It reads all steps at once, which only a run has.' },
];

/** Any field of a form can be a text with expressions in place of its value. */
export const EXPRESSIONS: ExpressionMode = {
  isExpression: (value) => typeof value === 'string' && value.includes('{{'),
  start: (value) => (value === undefined || value === '' ? '{{ }}' : `{{ ${stringifyExact(value)} }}`),
  render: (field) => <ExpressionControl {...field} />,
};

/** A text with expressions, and below it what it gives. */
function ExpressionControl({ id, value, onChange, describedBy, isInvalid, title }: ExpressionField) {
  const text = String(value);
  return (
    <>
      <textarea
        id={id}
        className="input mono"
        value={text}
        spellCheck={false}
        aria-describedby={[describedBy, `${id}-preview`].filter(Boolean).join(' ')}
        aria-invalid={isInvalid || undefined}
        onChange={(event) => onChange(event.target.value)}
      />
      <Preview id={`${id}-preview`} template={text} title={title} />
    </>
  );
}

/** What a text with expressions gives with the pinned samples, by the engine's own evaluator. */
export function Preview({ id, template, title }: { id: string; template: string; title: string }) {
  const { scope, missing, isPending } = useScope(template);
  const [result, setResult] = useState<Evaluated>();
  const roots = rootsOf(template);
  const outside = OUTSIDE.find(({ names }) => names.some((name) => roots.has(name)));
  const cannot =
    outside?.why ??
    (missing.length > 0
      ? `No sample is pinned for ${missing.join(', ')}: test ${missing.length === 1 ? 'it' : 'them'} and pin the output to see a result.`
      : undefined);
  const isReady = cannot === undefined && !isPending && template.replace(/[{}\s]/g, '') !== '';
  useEffect(() => {
    setResult(undefined);
    if (!isReady) return;
    const controller = new AbortController();
    const timer = setTimeout(async () => {
      const next = await evaluateTemplate(template, scope, controller.signal);
      if (!controller.signal.aborted) setResult(next);
    }, QUIET_MS);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [isReady, template, scope]);
  if (cannot !== undefined && !isPending) {
    return (
      <p id={id} className="field-hint">
        {cannot}
      </p>
    );
  }
  if (result !== undefined && 'problem' in result) {
    return (
      <p id={id} className="field-error" role="status" aria-label={`Result of ${title}`}>
        {result.problem}
        {result.position !== undefined && ` (at character ${result.position})`}
      </p>
    );
  }
  return (
    <p id={id} className="field-hint expression-result" role="status" aria-label={`Result of ${title}`}>
      {result !== undefined && (
        <>
          With samples: {result.type} <code>{result.text}</code>
          {result.isCut && ' … (cut)'}
        </>
      )}
    </p>
  );
}
