import type { Action, JsonObject } from '../connector/manifest.ts';
import { findAction } from '../engine/runs/submit.ts';
import { listRoute } from './http/list-route.ts';
import { pageOf } from './http/pages.ts';
import { type Route, route } from './http/route.ts';
import { ANY_OBJECT, COUNT, object, ref, TEXT, TEXTS } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';
import { MANIFEST_FILTER, type ManifestFilter, searchManifests } from './manifest-search.ts';

const EFFECT: JsonObject = {
  type: 'string',
  enum: ['safe', 'idempotent', 'token', 'once'],
  description:
    'What happens when the same request is sent twice: `safe` changes nothing, `idempotent` ends in the same state, `token` has one effect because the request carries an idempotency token, `once` has two effects.',
};
const brief: JsonObject = {
  id: TEXT,
  connector: TEXT,
  version: COUNT,
  title: TEXT,
  group: TEXT,
  description: TEXT,
  effect: EFFECT,
  destructive: {
    type: 'boolean',
    description: 'Whether the action can delete, reset or overwrite what was there before. Ask before it runs.',
  },
};
const briefOptional: JsonObject = {
  docs: TEXT,
  requires: object({}, { scopes: TEXTS, grants: TEXTS }),
};

export const actionSchemas: JsonObject = {
  ActionSummary: object(brief, briefOptional),
  Action: object(
    {
      ...brief,
      input: { ...ANY_OBJECT, description: 'JSON Schema 2020-12 of the input, with x-options and x-ui for forms.' },
      output: { ...ANY_OBJECT, description: 'JSON Schema 2020-12 of the output.' },
      examples: { type: 'array', items: ANY_OBJECT, description: 'Each with `title`, `input` and `output`.' },
    },
    {
      ...briefOptional,
      options: {
        ...ANY_OBJECT,
        description: 'JSON Schema of the run options; omitted when the action has none.',
      },
      request: { ...object({ method: TEXT, path: TEXT }), description: 'The REST operation that the action calls.' },
    },
  ),
};

/** `/v1/actions`: what can be run. The manifests is fixed while the process lives, so its views are made once. */
export function actionRoutes({ ctx }: Serving): Route[] {
  const all = [...ctx.manifests.actions.values()].map(summarize).sort((a, b) => (a.id < b.id ? -1 : 1));
  return [
    listRoute<ManifestFilter>({
      path: '/v1/actions',
      operation: 'list_actions',
      tag: 'Connectors',
      summary: 'List or search actions, by id.',
      filter: MANIFEST_FILTER,
      item: 'ActionSummary',
      page: 'A page of action summaries.',
      read: ({ query }, page) => pageOf(searchManifests(all, query), page, ({ id }) => id),
    }),
    route({
      method: 'GET',
      path: '/v1/actions/{id}',
      operation: 'get_action',
      tag: 'Connectors',
      summary: 'Get an action with its schemas.',
      answers: { 200: { description: 'The action.', schema: ref('Action') } },
      handle: ({ params }) => ({ status: 200, body: showAction(findAction(ctx, params.id!)) }),
    }),
  ];
}

function summarize({
  id,
  connector,
  manifest: { version, title, group, description, docs, effect, destructive, requires },
}: Action) {
  return {
    id,
    connector: connector.id,
    version,
    title,
    group,
    description,
    effect,
    destructive: destructive === true,
    ...(docs === undefined ? {} : { docs }),
    ...(requires === undefined ? {} : { requires }),
  };
}

function showAction(action: Action) {
  const { input, options, output, examples, request } = action.manifest;
  return {
    ...summarize(action),
    ...(request === undefined ? {} : { request: { method: request.method, path: request.path } }),
    input,
    ...(options === undefined ? {} : { options }),
    output,
    // Their setup is for replays.
    examples: examples.map(({ title, input, output }) => ({ title, input, output })),
  };
}
