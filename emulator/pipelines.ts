import { randomUUID } from 'node:crypto';
import { ApiError, invalid, invalidState } from './errors.ts';
import { listAnswer, requireObject, route } from './objects.ts';
import type { Call, Route } from './router.ts';
import type { Workspace } from './workspace.ts';

interface Update {
  update_id: string;
  creation_time: number;
  request: Record<string, unknown>;
  /** When it has completed, epoch ms; and when it was stopped before. */
  readyAt: number;
  stoppedAt?: number;
}

interface Pipeline {
  pipeline_id: string;
  spec: Record<string, unknown>;
  parameters?: unknown;
  run_as?: unknown;
  creator_user_name: string;
  last_modified: number;
  updates: Update[];
}

interface Event {
  id: string;
  pipeline: string;
  event_type: string;
  level: string;
  message: string;
  timestamp: string;
  [other: string]: unknown;
}

/** Pipelines, and what permissions need of them. */
export interface Pipelines {
  routes: Route[];
  has(id: string): boolean;
  creatorOf(id: string): string | undefined;
}

const PATH = '/api/2.0/pipelines';
/** Fields of a request that are not part of the specification. */
const OUTSIDE = ['parameters', 'run_as', 'dry_run', 'allow_duplicate_names', 'expected_last_modified'];

/** Opens pipelines with updates that go through their states and do nothing: no table is filled. */
export function createPipelines(workspace: Workspace): Pipelines {
  const all = workspace.store.collection<Pipeline>('pipelines');
  const events = workspace.store.collection<Event>('pipeline_events');
  const find = (id: unknown) => requireObject(all, id, `The specified pipeline ${id} was not found.`);
  const stateOf = (update: Update): string => {
    const now = workspace.now();
    if (update.stoppedAt !== undefined)
      return now >= update.stoppedAt + workspace.transitionMs ? 'CANCELED' : 'STOPPING';
    if (now >= update.readyAt) return 'COMPLETED';
    return now >= update.readyAt - workspace.transitionMs ? 'RUNNING' : 'WAITING_FOR_RESOURCES';
  };
  const isDone = (update: Update) => ['COMPLETED', 'CANCELED'].includes(stateOf(update));
  const latestUpdates = ({ updates }: Pipeline) =>
    updates
      .slice(-5)
      .reverse()
      .map((update) => ({
        update_id: update.update_id,
        state: stateOf(update),
        creation_time: new Date(update.creation_time).toISOString(),
      }));
  const brief = (pipeline: Pipeline) => {
    const { pipeline_id, spec, creator_user_name } = pipeline;
    const last = pipeline.updates.at(-1);
    const state = last === undefined || isDone(last) ? 'IDLE' : stateOf(last) === 'STOPPING' ? 'STOPPING' : 'RUNNING';
    return {
      pipeline_id,
      name: String(spec.name),
      state,
      creator_user_name,
      run_as_user_name: creator_user_name,
      ...(pipeline.updates.length === 0 ? {} : { latest_updates: latestUpdates(pipeline), health: 'HEALTHY' }),
    };
  };
  const describe = (pipeline: Pipeline) => ({
    ...brief(pipeline),
    spec: pipeline.spec,
    last_modified: pipeline.last_modified,
    ...(pipeline.parameters === undefined ? {} : { parameters: pipeline.parameters }),
    ...(pipeline.run_as === undefined ? {} : { run_as: pipeline.run_as }),
  });
  const note = (pipeline: string, event_type: string, message: string, origin: object = {}) => {
    const id = randomUUID();
    const timestamp = new Date(workspace.now()).toISOString();
    const maturity_level = 'STABLE';
    events.put(id, {
      id,
      pipeline,
      event_type,
      level: 'INFO',
      message,
      timestamp,
      maturity_level,
      origin: { pipeline_id: pipeline, ...origin },
    });
  };
  const specOf = (body: Record<string, unknown>, pipeline_id: string) => {
    const name = String(body.name ?? '');
    if (name === '') throw invalid('Missing required field: name');
    const target = String(body.target ?? body.schema ?? 'x');
    if (!/^\w+$/.test(target))
      throw invalid(
        `'target' ${JSON.stringify(target)} is not a valid name. Valid names must contain only alphanumeric characters and underscores.`,
      );
    const taken = all.values().some((other) => other.spec.name === name && other.pipeline_id !== pipeline_id);
    if (taken && body.allow_duplicate_names !== true)
      throw new ApiError(
        409,
        'RESOURCE_CONFLICT',
        `The pipeline name '${name}' is already used by another pipeline. This check can be skipped by setting 'allow_duplicate_names = true' in the request.`,
      );
    const spec = Object.fromEntries(Object.entries(body).filter(([key]) => !OUTSIDE.includes(key)));
    const storage =
      body.storage === undefined && body.catalog === undefined ? { storage: `dbfs:/pipelines/${pipeline_id}` } : {};
    return {
      continuous: false,
      development: false,
      channel: 'CURRENT',
      edition: 'ADVANCED',
      ...storage,
      ...spec,
      id: pipeline_id,
    };
  };
  const outside = ({ parameters, run_as }: Record<string, unknown>) => ({
    ...(parameters === undefined ? {} : { parameters }),
    ...(run_as === undefined ? {} : { run_as }),
  });

  const startUpdate = ({ params, body }: Call) => {
    const pipeline = find(params.pipeline_id);
    const last = pipeline.updates.at(-1);
    if (last !== undefined && !isDone(last))
      throw new ApiError(
        409,
        'RESOURCE_CONFLICT',
        `An active update ${last.update_id} already exists for pipeline ${pipeline.pipeline_id}.`,
      );
    const now = workspace.now();
    const update: Update = {
      update_id: randomUUID(),
      creation_time: now,
      request: body,
      readyAt: now + 2 * workspace.transitionMs,
    };
    all.put(pipeline.pipeline_id, { ...pipeline, updates: [...pipeline.updates, update] });
    note(pipeline.pipeline_id, 'create_update', `Update ${update.update_id.slice(0, 6)} started by API call.`, {
      update_id: update.update_id,
    });
    return { json: { update_id: update.update_id } };
  };
  const describeUpdate = (pipeline: Pipeline, update: Update) => ({
    pipeline_id: pipeline.pipeline_id,
    update_id: update.update_id,
    creation_time: update.creation_time,
    cause: 'API_CALL',
    state: stateOf(update),
    full_refresh: false,
    ...update.request,
    config: pipeline.spec,
  });

  return {
    has: (id) => all.has(id),
    creatorOf: (id) => all.get(id)?.creator_user_name,
    routes: [
      route('POST', PATH, ({ body, identity }) => {
        const pipeline_id = randomUUID();
        const spec = specOf(body, pipeline_id);
        if (body.dry_run === true) return { json: { effective_settings: spec }, effect: false };
        const made = { creator_user_name: identity.userName, last_modified: workspace.now(), updates: [] };
        all.put(pipeline_id, { pipeline_id, spec, ...made, ...outside(body) });
        note(pipeline_id, 'user_action', `User ${identity.userName} performed a 'CREATE' action.`);
        return { json: { pipeline_id } };
      }),
      route('GET', PATH, ({ query }) => {
        const match = /^\s*name\s+like\s+'([^']*)'\s*$/i.exec(String(query.filter ?? "name LIKE '%'"));
        if (match === null) throw invalid(`'filter' must be name LIKE '<pattern>'; got ${query.filter}.`);
        const pattern = new RegExp(
          `^${(match[1] ?? '')
            .replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
            .replaceAll('%', '.*')
            .replaceAll('_', '.')}$`,
          'i',
        );
        const found = all
          .values()
          .map(brief)
          .filter((item) => pattern.test(item.name));
        const [order] = (query.order_by as string[] | undefined) ?? ['name asc'];
        found.sort((a, b) => a.name.localeCompare(b.name));
        if (/\bdesc\b/i.test(order ?? '')) found.reverse();
        return listAnswer('statuses', found, query, {
          list: `pipelines ${query.filter} ${order}`,
          size: 'max_results',
          usual: 25,
          max: 100,
        });
      }),
      route('GET', `${PATH}/{pipeline_id}`, ({ params }) => ({ json: describe(find(params.pipeline_id)) })),
      route('PUT', `${PATH}/{pipeline_id}`, ({ params, body, identity }) => {
        const old = find(params.pipeline_id);
        if (body.expected_last_modified !== undefined && Number(body.expected_last_modified) < old.last_modified)
          throw new ApiError(
            409,
            'RESOURCE_CONFLICT',
            `The pipeline was modified at ${old.last_modified}, after ${body.expected_last_modified}.`,
          );
        const spec = specOf(body, old.pipeline_id);
        all.put(old.pipeline_id, { ...old, spec, last_modified: workspace.now(), ...outside(body) });
        note(old.pipeline_id, 'user_action', `User ${identity.userName} performed a 'EDIT' action.`);
        return {};
      }),
      route('DELETE', `${PATH}/{pipeline_id}`, ({ params }) => {
        all.delete(find(params.pipeline_id).pipeline_id);
        return {};
      }),
      route('POST', `${PATH}/{pipeline_id}/updates`, startUpdate),
      route('GET', `${PATH}/{pipeline_id}/updates`, ({ params, query }) => {
        const pipeline = find(params.pipeline_id);
        const updates = pipeline.updates.map((update) => describeUpdate(pipeline, update)).reverse();
        return listAnswer('updates', updates, query, {
          list: `updates ${pipeline.pipeline_id}`,
          size: 'max_results',
          usual: 25,
        });
      }),
      route('GET', `${PATH}/{pipeline_id}/updates/{update_id}`, ({ params }) => {
        const pipeline = find(params.pipeline_id);
        const update = pipeline.updates.find((item) => item.update_id === params.update_id);
        if (update === undefined)
          throw new ApiError(404, 'RESOURCE_DOES_NOT_EXIST', `The specified update ${params.update_id} was not found.`);
        return { json: { update: describeUpdate(pipeline, update) } };
      }),
      route('POST', `${PATH}/{pipeline_id}/stop`, ({ params }) => {
        const pipeline = find(params.pipeline_id);
        const last = pipeline.updates.at(-1);
        if (last === undefined || isDone(last)) return { effect: false };
        if (last.stoppedAt !== undefined) throw invalidState(`Pipeline ${pipeline.pipeline_id} is stopping already.`);
        last.stoppedAt = workspace.now();
        all.put(pipeline.pipeline_id, pipeline);
        return {};
      }),
      route('GET', `${PATH}/{pipeline_id}/events`, ({ params, query }) => {
        const { pipeline_id } = find(params.pipeline_id);
        const found = events
          .values()
          .filter((event) => event.pipeline === pipeline_id)
          .reverse();
        if (/\basc\b/i.test(String((query.order_by as string[] | undefined)?.[0] ?? ''))) found.reverse();
        const shown = found.map(({ pipeline: _pipeline, ...event }) => event);
        return listAnswer('events', shown, query, { list: `events ${pipeline_id}`, size: 'max_results', usual: 25 });
      }),
    ],
  };
}
