import { ConnectorError } from '../connector/errors.ts';
import type { JsonObject, Trigger } from '../connector/manifest.ts';
import { nearestNames } from '../connector/nearest.ts';
import { listRoute } from './http/list-route.ts';
import { pageOf } from './http/pages.ts';
import { type Route, route } from './http/route.ts';
import { ANY_OBJECT, COUNT, object, ref, TEXT, TEXTS } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';
import { MANIFEST_FILTER, type ManifestFilter, searchManifests } from './manifest-search.ts';
import { eventShapeSchema, eventShapes } from './trigger-events.ts';

const brief: JsonObject = { id: TEXT, connector: TEXT, version: COUNT, title: TEXT, group: TEXT, description: TEXT };
const kinds: JsonObject = { kind: { type: 'string', enum: ['poll', 'manual', 'schedule', 'webhook'] } };
const briefOptional: JsonObject = { docs: TEXT, requires: object({}, { scopes: TEXTS, grants: TEXTS }) };

export const triggerSchemas: JsonObject = {
  TriggerSummary: object({ ...brief, ...kinds }, briefOptional),
  Trigger: object(
    {
      ...brief,
      ...kinds,
      input: { ...ANY_OBJECT, description: 'JSON Schema 2020-12 of the input, with x-options and x-ui for forms.' },
      output: { ...ANY_OBJECT, description: 'JSON Schema 2020-12 of one event of any mode.' },
      events: {
        type: 'array',
        minItems: 1,
        items: eventShapeSchema,
        description: 'What events look like, for each mode that the input can choose.',
      },
      examples: { type: 'array', items: ANY_OBJECT },
    },
    {
      ...briefOptional,
      every_seconds: {
        type: ['integer', 'string'],
        description: 'Polling interval, or the name of the input that sets it.',
      },
      polls: {
        ...TEXTS,
        description: 'The actions that the trigger polls; `$input.NAME` if an input names the action.',
      },
    },
  ),
};

/** `/v1/triggers`: what can start a workflow. */
export function triggerRoutes({ ctx }: Serving): Route[] {
  const all = [...ctx.manifests.triggers.values()].map(showTrigger).sort((a, b) => (a.id < b.id ? -1 : 1));
  const briefs = all.map(
    ({
      input: _input,
      output: _output,
      events: _events,
      examples: _examples,
      every_seconds: _every,
      polls: _polls,
      ...rest
    }) => rest,
  );
  return [
    listRoute<ManifestFilter>({
      path: '/v1/triggers',
      operation: 'list_triggers',
      tag: 'Connectors',
      summary: 'List or search triggers, by id.',
      filter: MANIFEST_FILTER,
      item: 'TriggerSummary',
      page: 'A page of trigger summaries.',
      read: ({ query }, page) => pageOf(searchManifests(briefs, query), page, ({ id }) => id),
    }),
    route({
      method: 'GET',
      path: '/v1/triggers/{id}',
      operation: 'get_trigger',
      tag: 'Connectors',
      summary: 'Get a trigger with its schemas.',
      answers: { 200: { description: 'The trigger.', schema: ref('Trigger') } },
      handle({ params: { id = '' } }) {
        const body = all.find((trigger) => trigger.id === id);
        if (body !== undefined) return { status: 200, body };
        const near = nearestNames(
          id,
          all.map((trigger) => trigger.id),
        );
        throw new ConnectorError('ERR_TRIGGER_UNKNOWN', `there is no trigger "${id}"`, {
          hint: near.length > 0 ? `Did you mean ${near.join(' or ')}?` : 'GET /v1/triggers lists them.',
        });
      },
    }),
  ];
}

function showTrigger(trigger: Trigger) {
  const { id, kind, connector, manifest, sources } = trigger;
  const { version, title, group, description, docs, requires, input, output, examples, every_seconds } = manifest;
  const polls = [...new Set(sources.map(({ action }) => action))];
  return {
    id,
    connector: connector.id,
    version,
    title,
    group,
    description,
    kind,
    ...(docs === undefined ? {} : { docs }),
    ...(requires === undefined ? {} : { requires }),
    ...(every_seconds === undefined ? {} : { every_seconds }),
    ...(polls.length === 0 ? {} : { polls }),
    input,
    output,
    events: eventShapes(trigger),
    examples,
  };
}
