import type { ValidationError } from '../../connector/errors.ts';
import type { JsonObject } from '../../connector/manifest.ts';
import type { MetaSchemas } from '../../connector/meta-schemas.ts';
import { assertSchema } from '../../connector/schema.ts';
import { checkGenerated } from './check-generated.ts';
import { type Description, type Operation, readDescription, UnusableDescription } from './description.ts';
import { factsOf } from './operation.ts';
import { manifestOf } from './overlay.ts';
import { actionName } from './words.ts';

/** How a description ended. `stopped`: it took too long. */
export type End = 'connector' | 'refused' | 'wrong' | 'crashed' | 'stopped';

/** The outcome for one description. */
export interface Outcome {
  end: End;
  /** Why there is no connector: one sentence each. */
  said: string[];
  operations: number;
  actions: number;
  /** Operations that are no action, with the sentence that says why. */
  leftOut: string[];
  /** What was not converted of the others. */
  notes: string[];
}

/** The schemas of each hundredth action are compiled: all of them would take an hour, and stay in memory. */
const COMPILED = 100;
/** So many operations are made and checked together: the manifests of a whole cloud, each with its own schemas, take gigabytes. */
const TOGETHER = 200;
const CONNECTOR: JsonObject = {
  id: 'any',
  version: 1,
  title: 'Any',
  connection: { type: 'object', additionalProperties: false, properties: {} },
  base_urls: { api: { url: 'https://api.example.com' } },
  auth: [],
};

/** Makes a connector of every operation of a description, and checks it as a start of Penstock does. Never throws. */
export function convertWhole(text: string, schemas: MetaSchemas): Outcome {
  const outcome: Outcome = { end: 'connector', said: [], operations: 0, actions: 0, leftOut: [], notes: [] };
  try {
    const description = readDescription(text);
    outcome.operations = description.operations.length;
    outcome.notes.push(...description.notes);
    const errors: ValidationError[] = [];
    for (let first = 0; first < description.operations.length; first += TOGETHER) {
      const some = description.operations.slice(first, first + TOGETHER);
      errors.push(...checkGenerated('any', convert(description, some, outcome), schemas));
    }
    if (errors.length > 0) return { ...outcome, end: 'wrong', said: errors.map(sentenceOfError) };
    if (outcome.actions > 0) return outcome;
    return { ...outcome, end: 'refused', said: [noneOf(outcome)] };
  } catch (error) {
    if (error instanceof UnusableDescription) return { ...outcome, end: 'refused', said: [error.message] };
    return { ...outcome, end: 'crashed', said: [`#: ${(error as Error).stack ?? String(error)}`] };
  }
}

function convert(
  description: Description,
  operations: readonly Operation[],
  outcome: Outcome,
): ReadonlyMap<string, JsonObject> {
  const files = new Map<string, JsonObject>([['connector.json', CONNECTOR]]);
  for (const operation of operations) {
    const facts = factsOf(description, operation);
    if ('unusable' in facts) {
      outcome.leftOut.push(facts.unusable);
      continue;
    }
    outcome.notes.push(...facts.notes);
    outcome.actions += 1;
    const name = `${actionName(operation.id ?? operation.key)}_${files.size}`;
    const example = { title: 'Any', input: {}, output: {} };
    files.set(`actions/${name}.json`, manifestOf(`any.${name}`, { examples: [example] }, facts));
    if (outcome.actions % COMPILED === 0) for (const schema of [facts.input, facts.output]) assertSchema(schema);
  }
  return files;
}

function noneOf({ leftOut: [first] }: Outcome): string {
  if (first === undefined) return '#/paths: has no operation; add one, or take another file';
  return `#/paths: has no operation that can be an action, such as ${first} Write its actions yourself`;
}

function sentenceOfError({ pointer, message }: ValidationError): string {
  return ` (${pointer}): ${message}`;
}
