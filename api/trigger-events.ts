import type { Condition, Example, Json, JsonObject, SourceManifest, Trigger } from '../connector/manifest.ts';
import { skeletonOf } from '../connector/skeleton.ts';
import { ANY_OBJECT, object, TEXT } from './http/schemas.ts';

export const eventShapeSchema: JsonObject = object(
  {
    schema: {
      ...ANY_OBJECT,
      description: 'JSON Schema 2020-12 of one event: of `data` in `trigger.events`, and of one of `trigger.rows`.',
    },
    trigger_schema: { ...ANY_OBJECT, description: 'JSON Schema 2020-12 of `trigger` in expressions.' },
    skeleton: { description: 'A value with every known field of one event, for completion.' },
    skeleton_complete: { type: 'boolean', description: 'False when the skeleton leaves out fields.' },
  },
  {
    when: {
      ...ANY_OBJECT,
      description: 'Input fields with the values with which events look like this; omitted when they always do.',
    },
    item_of: {
      ...object({ action: TEXT, items: TEXT }),
      description:
        'Where the schema of the events is when the input decides it: the list at the path `items` in the output of `action`; `$input.NAME` is an input.',
    },
  },
);

/** What events of a trigger look like: one entry for each mode that its input can choose. */
export function eventShapes(trigger: Trigger) {
  const { manifest, sources } = trigger;
  const modes: (SourceManifest | undefined)[] = sources.length === 0 ? [undefined] : [...sources];
  return modes.map((source) => {
    const schema = source?.output ?? manifest.output;
    const example = manifest.examples.find(({ input }) => fits(manifest.input, input, source?.when));
    const { value, isComplete } = skeletonOf(schema, (example as Example | undefined)?.output);
    const { action, cursor } = source ?? {};
    const isChosen = action?.startsWith('$') === true && cursor !== undefined;
    return {
      ...(source?.when === undefined ? {} : { when: source.when }),
      ...(isChosen ? { item_of: { action, items: cursor.items } } : {}),
      schema,
      trigger_schema: trigger.kind === 'poll' ? batchOf(schema) : schema,
      skeleton: value,
      skeleton_complete: isComplete,
    };
  });
}

/** A run of a workflow gets a batch of events; `rows` is their data. */
function batchOf({ $defs, ...schema }: JsonObject): JsonObject {
  const place: JsonObject = {
    type: ['object', 'null'],
    properties: { value: { type: ['string', 'null'] }, key: { type: ['string', 'null'] } },
  };
  const event: JsonObject = { type: 'object', properties: { id: { type: 'string' }, data: schema } };
  return {
    type: 'object',
    properties: {
      events: { title: 'Events', type: 'array', items: event },
      rows: { title: 'Data of the events', type: 'array', items: schema },
      columns: { title: 'Columns of SQL rows', type: 'array', items: { type: 'object' } },
      from: { title: 'Position before the batch', ...place },
      to: { title: 'Position after the batch', ...place },
    },
    ...($defs === undefined ? {} : { $defs }),
  };
}

function fits(schema: JsonObject, input: JsonObject, when: Condition = {}): boolean {
  const fields = schema.properties as JsonObject;
  return Object.entries(when).every(([name, values]) => {
    const value = input[name] ?? (fields[name] as JsonObject | undefined)?.default;
    return values.includes(value as Json);
  });
}
