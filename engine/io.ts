import { join } from 'node:path';
import type { ActionState, Io } from '../actions/call.ts';
import { ConnectorError } from '../connector/errors.ts';
import type { Action } from '../connector/manifest.ts';
import { type Outcome, readOutcome } from '../connector/outcome.ts';
import type { BuiltRequest } from '../connector/request.ts';
import type { Context } from './context.ts';
import type { Launches } from './launches.ts';
import { type Run, saveRun } from './runs.ts';
import { type Resolved, refreshAuthentication } from './tokens.ts';

/** Bounds one JSON answer: INLINE statement results end at 25 MiB, and no other operation sends more. */
const MAX_RESPONSE_BYTES = 64 * 1024 * 1024;
/** A chunk of a result is about 20 MB; a link that gives nothing for this long is dead. */
const LINK_TIMEOUT_MS = 300_000;
/** A checkpoint costs a round trip; a crash costs at most this much of a download again. */
const CHECKPOINT_MS = 2000;

/** What one activation works with; `lost` is thrown by every write once another worker has the run. */
export interface IoBounds {
  run: Run;
  action: Action;
  /** Of a run without a linked account: none. */
  binding: Resolved | undefined;
  signal: AbortSignal;
  launches: Launches;
  lost: symbol;
}

/** What one activation of a run may do: send with the run's credentials, write launches down, open artifacts. */
export function createIo(ctx: Context, bounds: IoBounds): Io {
  const { run, action, signal, launches, lost } = bounds;
  let binding = bounds.binding;
  let checkpointAt = ctx.clock.now();
  const save = async (fields: Partial<Run>) => {
    if ((await saveRun(ctx, run, fields)) === 'lost') throw lost;
  };
  const withToken = async <T>(attempt: (resolved: Resolved) => Promise<T>): Promise<T> => {
    if (binding === undefined) throw noAuthentication(action);
    try {
      return await attempt(binding);
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.code !== 'ERR_AUTH_FAILED') throw error;
      binding = await refreshAuthentication(ctx, binding);
      return attempt(binding);
    }
  };
  return {
    signal,
    now: () => ctx.clock.now(),
    random: () => ctx.clock.random(),
    send(request, purpose) {
      // A launch that cannot be taken back is always let finish: its answer holds the handle that a cancel needs.
      const mayAbort = purpose !== 'cancel' && !(purpose === 'start' && run.effect !== 'safe');
      return withToken((resolved) => call(ctx, request, { action, resolved, signal: mayAbort ? signal : undefined }));
    },
    stream: (request, purpose) =>
      withToken(async (resolved) => {
        const answer = await ctx.http.stream({
          ...toHttp(request, resolved),
          signal,
          maxBytes: request.maxBytes ?? Number.MAX_SAFE_INTEGER,
        });
        if (answer.status < 200 || answer.status > 299) {
          const chunks: Buffer[] = [];
          for await (const chunk of answer.body) chunks.push(chunk as Buffer);
          readOutcome({ ...answer, body: Buffer.concat(chunks) }, context(ctx, request, action));
          throw new ConnectorError(
            'ERR_RESPONSE_INVALID',
            `${request.method} ${request.path} answered ${answer.status} for a ${purpose} request`,
          );
        }
        return answer;
      }),
    fetchLink: (link) =>
      ctx.http.stream({
        method: 'GET',
        url: link.url,
        headers: link.headers ?? {},
        signal,
        timeoutMs: LINK_TIMEOUT_MS,
        maxBytes: Number.MAX_SAFE_INTEGER,
      }),
    async launching() {
      launches.begin();
      await save({ launches: launches.all });
    },
    async launched(state) {
      launches.answered(state.start);
      await save({ launches: launches.all, state });
    },
    async checkpoint(state: ActionState) {
      const now = ctx.clock.now();
      if (now - checkpointAt < CHECKPOINT_MS) return;
      checkpointAt = now;
      await save({ state });
    },
    async openArtifact({ mediaType, id = `art_${run.id}_rows`, offset = 0 }) {
      const writer = await ctx.artifacts.write(id, offset);
      void mediaType;
      return {
        id,
        get size() {
          return writer.size;
        },
        write: (chunk) => writer.write(chunk),
        flush: () => writer.flush(),
        close: () => writer.close(),
      };
    },
    async readArtifact(id) {
      await assertOwnArtifact(ctx, run, id);
      return { size: await ctx.artifacts.size(id), body: await ctx.artifacts.read(id) };
    },
    builtin: {
      filesFolder: join(ctx.config.dataFolder, 'files', run.tenant),
      http: ctx.http,
      allowedHosts: ctx.config.allowedHosts,
      deliveryId: run.id,
      tenant: run.tenant,
    },
  };
}

async function call(
  ctx: Context,
  request: BuiltRequest,
  to: { action: Action; resolved: Resolved; signal: AbortSignal | undefined },
): Promise<Outcome> {
  const answer = await ctx.http.send({
    ...toHttp(request, to.resolved),
    ...(request.body === undefined ? {} : { body: request.body }),
    maxBytes: request.maxBytes ?? MAX_RESPONSE_BYTES,
    ...(to.signal === undefined ? {} : { signal: to.signal }),
  });
  return readOutcome(answer, context(ctx, request, to.action));
}

function toHttp(request: Pick<BuiltRequest, 'method' | 'path' | 'headers' | 'timeoutMs'>, resolved: Resolved) {
  return {
    method: request.method,
    url: resolved.origin + request.path,
    headers: { ...request.headers, ...resolved.headers },
    timeoutMs: request.timeoutMs,
  };
}

function context(ctx: Context, request: Pick<BuiltRequest, 'method' | 'path'>, action: Action) {
  return { action, connector: action.connector, method: request.method, path: request.path, now: ctx.clock.now() };
}

/** An artifact belongs to the tenant of the run that is named in its id (`art_<run>_…`). */
async function assertOwnArtifact(ctx: Context, run: Run, id: string): Promise<void> {
  const owner = /^art_(run_[a-z0-9]+)/.exec(id)?.[1];
  const tenant = owner === undefined ? null : await ctx.redis.hget(ctx.keys.run(owner), 'tenant');
  if (tenant !== run.tenant)
    throw new ConnectorError('ERR_NOT_FOUND', `there is no artifact "${id}"`, {
      hint: 'Artifacts go when their run goes.',
    });
}

function noAuthentication(action: Action): ConnectorError {
  return new ConnectorError('ERR_INPUT_INVALID', `${action.id} needs a linked account`, {
    hint: 'Give linked_account, the id or name of a linked account; "penstock accounts" lists them.',
    errors: [{ pointer: '/linked_account', message: 'is missing' }],
    sent: 'no',
  });
}
