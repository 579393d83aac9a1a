import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { type Datum, datumAt, itemDatum, plainPath, readableSteps } from '../../builder/data.ts';
import { isObject, type JsonObject, ON_FAILURE, placeOf } from '../../builder/document.ts';
import { useBuilder } from './builder-context.ts';
import { type StepData, schemaQuery, stepDataQuery } from './step-data.ts';

/** What the selected step can read. Values and schemas of steps are loaded when they are asked for. */
export interface Data {
  steps: readonly string[];
  /** Everything by name, with the values of these steps (`trigger` is one). */
  load(steps: readonly string[], hasItem: boolean): Promise<Datum>;
}

export function useData(): Data {
  const queries = useQueryClient();
  const { document, workflow, run, selected } = useBuilder();
  return useMemo(() => {
    const place = placeOf(document, selected);
    const steps = place === undefined ? [] : readableSteps(document, place.key);
    const owner = { workflow: workflow.id, run };
    const one = async (step: string): Promise<Datum> => {
      const [data, schema] = await Promise.all([
        queries.fetchQuery(stepDataQuery(queries, owner, step)).catch(() => null),
        queries.fetchQuery(schemaQuery(document, step)).catch(() => null),
      ]);
      return datumOf(data, schema);
    };
    return {
      steps,
      async load(needed, hasItem) {
        const loaded = new Map(
          await Promise.all(needed.map(async (step): Promise<[string, Datum]> => [step, await one(step)])),
        );
        const root: Datum = {
          members: {
            trigger: loaded.get('trigger') ?? {},
            steps: { members: Object.fromEntries(steps.map((step) => [step, stepDatum(loaded.get(step) ?? {})])) },
            variables: { value: isObject(document.variables) ? document.variables : {} },
            secrets: { members: namesOf(document.secrets) },
            run: { members: runMembers(place?.branchOf === ON_FAILURE) },
          },
        };
        const forEach = isObject(place?.step.for_each) ? place.step.for_each : undefined;
        if (!hasItem || forEach === undefined) return root;
        return {
          members: { ...root.members, item: itemOf(root, forEach.items), index: { schema: { type: 'integer' } } },
        };
      },
    };
  }, [queries, document, workflow.id, run, selected]);
}

/** The data of one step or the trigger, loaded when it is shown. */
export function useStepDatum(step: string): { datum: Datum; data: StepData | null | undefined; isPending: boolean } {
  const queries = useQueryClient();
  const { document, workflow, run } = useBuilder();
  const data = useQuery(stepDataQuery(queries, { workflow: workflow.id, run }, step));
  const schema = useQuery(schemaQuery(document, step));
  return {
    datum: datumOf(data.data ?? null, schema.data ?? null),
    data: data.data,
    isPending: data.isPending || schema.isPending,
  };
}

function datumOf(data: StepData | null, schema: JsonObject | null): Datum {
  return { ...(data !== null && { value: data.value }), ...(schema !== null && { schema }) };
}

/** What `steps.ID` has. */
export function stepDatum(output: Datum): Datum {
  const text = { schema: { type: 'string' } };
  return { members: { output, status: text, error: { members: { code: text, message: text } } } };
}

export function runMembers(isInFailure: boolean): Record<string, Datum> {
  const text = { schema: { type: 'string' } };
  return {
    id: text,
    workflow: text,
    linked_account: text,
    approvals: {},
    ...(isInFailure && { error: { members: { code: text, message: text, step: text } } }),
  };
}

function namesOf(value: unknown): Record<string, Datum> {
  return Object.fromEntries(
    Object.keys(isObject(value) ? value : {}).map((name) => [name, { schema: { type: 'string' } }]),
  );
}

/** The item of a loop, where its items are a plain path. */
function itemOf(root: Datum, items: unknown): Datum {
  const path = plainPath(items);
  return itemDatum((path && datumAt(root, path)) ?? {});
}
