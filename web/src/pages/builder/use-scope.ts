import { useQueries } from '@tanstack/react-query';
import { getStepSample } from 'penstock-client';
import { useMemo } from 'react';
import { isObject, placesOf } from '../../builder/document.ts';
import { referencedSteps, rootsOf } from '../../builder/references.ts';
import { ApiError, ask } from '../../data/api-error.ts';
import { useBuilder } from './builder-context.ts';

/** What a step or the trigger gives in tests: its sample, or null where none is pinned. */
export function sampleQuery(workflow: string, step: string) {
  return {
    queryKey: ['sample', workflow, step],
    async queryFn({ signal }: { signal: AbortSignal }) {
      try {
        return await ask(getStepSample({ path: { id: workflow, step }, signal }));
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return null;
        throw error;
      }
    },
  };
}

/** What a text with expressions would read: the pinned samples of what it names. `missing` are those without one. */
export function useScope(template: string): { scope: object; missing: readonly string[]; isPending: boolean } {
  const { document, workflow } = useBuilder();
  const ids = new Set(placesOf(document).map(({ id }) => id));
  const steps = [...referencedSteps(template)].filter((id) => ids.has(id));
  const named = rootsOf(template).has('trigger') ? ['trigger', ...steps] : steps;
  const samples = useQueries({ queries: named.map((step) => sampleQuery(workflow.id, step)) });
  const key = samples.map(({ dataUpdatedAt }) => dataUpdatedAt).join(' ');
  const isPending = samples.some((sample) => sample.isPending);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the samples are new with each render; `key` says when their data is
  return useMemo(() => {
    const scope: { [name: string]: unknown } = {
      steps: {},
      variables: isObject(document.variables) ? document.variables : {},
    };
    const missing: string[] = [];
    for (const [i, step] of named.entries()) {
      const sample = samples[i]?.data;
      if (sample === null || sample === undefined) missing.push(step);
      else if (step === 'trigger') scope.trigger = sample.value;
      else (scope.steps as { [id: string]: unknown })[step] = { status: 'succeeded', output: sample.value };
    }
    return { scope, missing, isPending };
  }, [key, template, document.variables, isPending]);
}
