import type { QueryClient } from '@tanstack/react-query';
import { getAction, getRun, getStepSample, getTrigger, type Run } from 'penstock-client';
import { isObject, type JsonObject, placesOf } from '../../builder/document.ts';
import { ApiError, ask } from '../../data/api-error.ts';
import { stringifyExact } from '../../data/json.ts';

/** What a step or the trigger has given, and where that is from. */
export interface StepData {
  value: unknown;
  from: 'run' | 'sample' | 'test';
}

/** Whose data it is. */
export interface DataOwner {
  workflow: string;
  /** The run that is shown on the drawing: its values come first. */
  run: Run | undefined;
}

const FRESH_MS = 300_000;

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

/** The output of the last test of a step in this tab. */
export const lastTestKey = (workflow: string, step: string) => ['last-test', workflow, step];

/** Of the run that is shown, else the pinned sample, else the last test; null where there is none of them. */
export function stepDataQuery(queries: QueryClient, { workflow, run }: DataOwner, step: string) {
  return {
    // Below the key of the sample: who pins one invalidates both.
    queryKey: ['sample', workflow, step, 'data', run?.id ?? '', run?.finished_at ?? run?.status ?? ''],
    async queryFn({ signal }: { signal: AbortSignal }): Promise<StepData | null> {
      const ofRun = run === undefined ? undefined : await valueInRun(run, step, signal);
      if (ofRun !== undefined) return { value: ofRun, from: 'run' };
      const sample = await sampleQuery(workflow, step).queryFn({ signal });
      if (sample !== null) return { value: sample.value, from: 'sample' };
      const tested = queries.getQueryData<{ value: unknown }>(lastTestKey(workflow, step));
      return tested === undefined ? null : { value: tested.value, from: 'test' };
    },
    staleTime: FRESH_MS,
  };
}

/** As expressions read it: `rows` is the data of the events, which a run does not hold twice. */
function withRows(trigger: unknown): unknown {
  if (!isObject(trigger) || !Array.isArray(trigger.events)) return trigger;
  return { ...trigger, rows: trigger.events.map((event) => (isObject(event) ? event.data : undefined)) };
}

async function valueInRun(run: Run, step: string, signal: AbortSignal): Promise<unknown> {
  if (step === 'trigger') return withRows(run.input);
  const own = run.steps?.find((each) => each.step === step && each.item_index === undefined);
  if (own === undefined || own.status !== 'succeeded') return undefined;
  return (await ask(getRun({ path: { id: own.id }, signal }))).output;
}

/** What is known of the output of a step before it ran; of the trigger, of what its expressions read. */
export function schemaQuery(document: JsonObject, step: string) {
  const place = placesOf(document).find(({ id }) => id === step);
  const trigger = isObject(document.trigger) ? document.trigger : {};
  const id = String((step === 'trigger' ? trigger.id : place?.step.action) ?? '');
  const isLoop = place?.step.for_each !== undefined;
  const input = step === 'trigger' ? trigger.input : undefined;
  return {
    queryKey: ['output-schema', step === 'trigger' ? 'trigger' : 'action', id, isLoop, stringifyExact(input)],
    async queryFn({ signal }: { signal: AbortSignal }): Promise<JsonObject | null> {
      try {
        if (step === 'trigger') {
          const { events } = await ask(getTrigger({ path: { id }, signal }));
          const fitting = events.find(({ when }) => fits(when, input)) ?? events[0];
          return (fitting?.trigger_schema as JsonObject | undefined) ?? null;
        }
        const { output } = await ask(getAction({ path: { id }, signal }));
        return isLoop ? loopOf(output as JsonObject) : (output as JsonObject);
      } catch (error) {
        // An action that is gone has no schema; its data may still be known.
        if (error instanceof ApiError && error.status === 404) return null;
        throw error;
      }
    },
    staleTime: FRESH_MS,
  };
}

/** A loop gives the outputs of its items, and the errors of those that failed. */
function loopOf(output: JsonObject): JsonObject {
  const error = { type: 'object', properties: { code: { type: 'string' }, message: { type: 'string' } } };
  return {
    type: 'object',
    properties: { items: { type: 'array', items: output }, errors: { type: 'array', items: error } },
  };
}

function fits(when: JsonObject | undefined, input: unknown): boolean {
  if (when === undefined) return true;
  const given = isObject(input) ? input : {};
  return Object.entries(when).every(([name, value]) =>
    Array.isArray(value) ? value.includes(given[name]) : value === given[name],
  );
}
