import { useQueries, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { ExpressionScope } from '../../../../engine/expressions/scope.ts';
import { isObject, placesOf } from '../../builder/document.ts';
import { referencedSteps, rootsOf } from '../../builder/references.ts';
import { useBuilder } from './builder-context.ts';
import { type StepData, stepDataQuery } from './step-data.ts';

export interface Scope {
  scope: ExpressionScope;
  /** Steps, or `trigger`, that are read and of which nothing is known. */
  missing: readonly string[];
  /** Where the values are from. */
  sources: readonly StepData['from'][];
  isPending: boolean;
}

/** What texts with expressions would read: of the run that is shown, pinned samples, or the last test of what they name. */
export function useScope(templates: string): Scope {
  const queries = useQueryClient();
  const { document, workflow, run } = useBuilder();
  const ids = new Set(placesOf(document).map(({ id }) => id));
  const steps = [...referencedSteps(templates)].filter((id) => ids.has(id));
  const named = rootsOf(templates).has('trigger') ? ['trigger', ...steps] : steps;
  const owner = { workflow: workflow.id, run };
  const data = useQueries({ queries: named.map((step) => stepDataQuery(queries, owner, step)) });
  const key = `${named.join(' ')} ${data.map(({ dataUpdatedAt }) => dataUpdatedAt).join(' ')}`;
  const isPending = data.some((each) => each.isPending);
  const { variables } = document;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the data is new with each render; `key` says when it has changed
  return useMemo(() => {
    const steps: Record<string, unknown> = {};
    const scope: ExpressionScope = { steps, variables: isObject(variables) ? variables : {} };
    if (run !== undefined) {
      scope.run = { id: run.id, workflow: workflow.name, linked_account: run.linked_account, approvals: {} };
    }
    const missing: string[] = [];
    const sources: StepData['from'][] = [];
    for (const [i, step] of named.entries()) {
      const known = data[i]?.data;
      if (known === null || known === undefined) {
        missing.push(step);
        continue;
      }
      sources.push(known.from);
      if (step === 'trigger') scope.trigger = known.value;
      else steps[step] = { status: 'succeeded', output: known.value };
    }
    return { scope, missing, sources, isPending };
  }, [key, variables, isPending, run, workflow.name]);
}
