import { useEffect, useState } from 'react';
import type { ExpressionScope } from '../../../../engine/expressions/scope.ts';
import { type Datum, datumAt } from '../../builder/data.ts';
import { type Evaluated, evaluateTemplate } from '../../builder/evaluate.ts';
import { type FunctionHelp, findPlaces, functionHelp } from '../../builder/functions.ts';
import { Insert } from './insert.tsx';
import { type Data, useData } from './use-data.ts';

/** Steps that come just before are the ones whose data is looked at. */
const LOOKED_AT = 5;
const MAX_SHOWN = 120;

interface Example extends FunctionHelp {
  result?: Evaluated;
}

/** The functions that are used most, each with an example on the data of this step and what it gives. */
export function FunctionList() {
  const [isOpen, setOpen] = useState(false);
  const data = useData();
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Functions</summary>
      {isOpen && <Functions data={data} />}
    </details>
  );
}

function Functions({ data }: { data: Data }) {
  const [examples, setExamples] = useState<readonly Example[]>(() => functionHelp({}));
  useEffect(() => {
    const controller = new AbortController();
    void (async () => {
      const steps = ['trigger', ...data.steps.slice(-LOOKED_AT)];
      const root = await data.load(steps, false);
      const scope = scopeOf(root, steps);
      const done: Example[] = [...functionHelp(findPlaces(root))];
      for (const [i, help] of done.entries()) {
        const result = await evaluateTemplate({ template: `{{ ${help.example} }}`, scope }, controller.signal);
        if (controller.signal.aborted) return;
        done[i] = { ...help, result };
      }
      setExamples(done);
    })();
    return () => controller.abort();
  }, [data]);
  return (
    <section aria-label="Functions">
      <ul className="data-tree functions">
        {examples.map(({ name, signature, text, example, result }) => (
          <li key={name}>
            <code>{signature}</code>
            <span className="soft small">{text}</span>
            <span className="data-row">
              <Insert text={example}>{example}</Insert>
              {result !== undefined && 'text' in result && (
                <span className="soft small clip">gives {result.text.slice(0, MAX_SHOWN) || 'nothing'}</span>
              )}
            </span>
          </li>
        ))}
      </ul>
      <p className="soft small">docs.jsonata.org lists all functions; the editor completes them after “$”.</p>
    </section>
  );
}

function scopeOf(root: Datum, steps: readonly string[]): ExpressionScope {
  const scope: ExpressionScope = { steps: {}, variables: datumAt(root, ['variables'])?.value ?? {} };
  for (const step of steps) {
    const value = datumAt(root, step === 'trigger' ? ['trigger'] : ['steps', step, 'output'])?.value;
    if (value === undefined) continue;
    if (step === 'trigger') scope.trigger = value;
    else scope.steps[step] = { status: 'succeeded', output: value };
  }
  return scope;
}
