import { ConnectorError } from '../connector/errors.ts';
import type { Action, JsonObject } from '../connector/manifest.ts';
import { skeletonOf } from '../connector/skeleton.ts';
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
  required_input: { ...TEXTS, description: 'Names of the fields that its input must have.' },
};
/** As many as a page has at most by default, so that they come in one answer. */
const MAX_IDS = 50;

const ACTION_FILTER: JsonObject = {
  ...MANIFEST_FILTER,
  ids: {
    title: 'IDs',
    type: 'string',
    pattern: '^[a-z0-9_.]+(,[a-z0-9_.]+)*$',
    maxLength: 5000,
    description: `Only these actions: up to ${MAX_IDS} ids, separated by commas.`,
  },
  include: {
    title: 'Include',
    type: 'string',
    enum: ['output_skeleton'],
    description: 'Adds `output_skeleton` to each item; only with `ids`.',
  },
};

interface ActionFilter extends ManifestFilter {
  ids?: string;
  include?: 'output_skeleton';
}

const briefOptional: JsonObject = {
  docs: TEXT,
  requires: object({}, { scopes: TEXTS, grants: TEXTS }),
};

export const actionSchemas: JsonObject = {
  ActionSummary: object(brief, {
    ...briefOptional,
    output_skeleton: {
      description:
        'With `include=output_skeleton`: a value with every field of the output, one item per list, with values of the example where it has them. At most 1,000 fields, outer ones first; a part that contains itself ends in an empty object.',
    },
    output_skeleton_complete: { type: 'boolean', description: 'False when the skeleton leaves out fields.' },
  }),
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
    listRoute<ActionFilter>({
      path: '/v1/actions',
      operation: 'list_actions',
      failures: [404],
      tag: 'Connectors',
      summary: 'List or search actions, by id.',
      filter: ACTION_FILTER,
      item: 'ActionSummary',
      page: 'A page of action summaries.',
      read({ query }, page) {
        const ids = idsOf(query);
        for (const id of ids ?? []) findAction(ctx, id);
        const found = searchManifests(all, query).filter(({ id }) => ids?.has(id) !== false);
        const { items, next } = pageOf(found, page, ({ id }) => id);
        if (query.include === undefined) return { items, next };
        return { items: items.map((item) => ({ ...item, ...skeletonFields(findAction(ctx, item.id)) })), next };
      },
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

function idsOf({ ids, include }: ActionFilter): Set<string> | undefined {
  const wrong = (pointer: string, message: string) =>
    new ConnectorError('ERR_INPUT_INVALID', `the query is not valid: ${message}`, { errors: [{ pointer, message }] });
  if (ids === undefined) {
    if (include === undefined) return undefined;
    throw wrong('/include', `"include" needs "ids": name the actions, up to ${MAX_IDS} at a time`);
  }
  const chosen = new Set(ids.split(','));
  if (chosen.size <= MAX_IDS) return chosen;
  throw wrong(
    '/ids',
    `"ids" has ${chosen.size} ids; at most ${MAX_IDS} are allowed, send further ones in another request`,
  );
}

function skeletonFields({ manifest }: Action) {
  const { value, isComplete } = skeletonOf(manifest.output, manifest.examples[0]?.output);
  return { output_skeleton: value, output_skeleton_complete: isComplete };
}

function summarize({
  id,
  connector,
  manifest: { version, title, group, description, docs, effect, destructive, requires, input },
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
    required_input: (input.required ?? []) as string[],
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
