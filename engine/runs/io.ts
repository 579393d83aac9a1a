import type { Readable } from 'node:stream';
import { readActive } from '../../actions/active-operations.ts';
import type { Io, Purpose } from '../../actions/call.ts';
import { ConnectorError } from '../../connector/errors.ts';
import type { Action } from '../../connector/manifest.ts';
import { readOutcome } from '../../connector/outcome.ts';
import type { BuiltRequest } from '../../connector/request.ts';
import { artifactId } from '../artifacts/artifact-store.ts';
import { ensureWorkspace } from '../credentials/accounts/ensure-workspace.ts';
import type { Resolved } from '../credentials/records/token-cache.ts';
import { accessOf } from '../credentials/tokens/access.ts';
import { signed, urlOf } from '../credentials/tokens/credential.ts';
import { readEvents } from '../events/event-stream.ts';
import { completeStream } from '../secrets/complete-stream.ts';
import { createMask } from '../secrets/mask-stream.ts';
import { createLinkFilter } from '../secrets/received-links.ts';
import type { Context } from './context.ts';
import { filesFolder, takeFileBytes } from './file-bytes.ts';
import type { Run } from './run.ts';
import type { RunSession } from './run-session.ts';
import { readHead } from './runs.ts';
import { openSending } from './sending.ts';

/** Bounds one JSON answer: INLINE statement results end at 25 MiB, and no other operation sends more. */
const MAX_RESPONSE_BYTES = 64 * 1024 * 1024;
const MAX_REFUSAL_BYTES = 64 * 1024;
/** A chunk of a result is about 20 MB; a link that gives nothing for this long is dead. */
const LINK_TIMEOUT_MS = 300_000;
/** A link that is still at it after this is too slow for any result, or never ends. */
const LINK_MOST_MS = 1_800_000;
/** A hundred times a chunk: what never ends must not fill the disk. */
const LINK_MOST_BYTES = 2 * 1024 ** 3;
/** A checkpoint costs a round trip; a crash costs at most this much of a download again. */
const CHECKPOINT_MS = 2000;

/** What one activation of a run may do: send with the run's credentials, write launches down, open artifacts; and the tokens it has sent. */
export function createIo(
  ctx: Context,
  of: {
    session: RunSession;
    action: Action;
    /** Of a run without a linked account: none. */
    binding: Resolved | undefined;
    /** What must not are in an artifact, beside the tokens. */
    secrets: () => readonly string[];
    /** Hears of each approval link that was completed to be sent. */
    sendsLink: (link: string) => void;
  },
): { io: Io; tokens: () => string[] } {
  const { session, action, binding } = of;
  const { run, launches, signal } = session;
  const sending = openSending(ctx, of);
  let checkpointAt = ctx.clock.now();
  // Of a tenant's own connector, all pages of a list together: its service and its manifest may be of one who means no good.
  let received = 0;
  const roomFor = (purpose: Purpose) =>
    action.connector.own === undefined || purpose !== 'page'
      ? MAX_RESPONSE_BYTES
      : Math.max(1, MAX_RESPONSE_BYTES - received);
  const io: Io = {
    signal,
    now: () => ctx.clock.now(),
    random: () => ctx.clock.random(),
    send(request, purpose) {
      // A launch that cannot be taken back is always let finish: its answer holds the handle that a cancel needs.
      const mayAbort = purpose !== 'cancel' && !(purpose === 'start' && run.effect !== 'safe');
      return sending.request(purpose, async (resolved, end) => {
        const answer = await ctx.http.send({
          ...(await signed(resolved, toHttp(request, resolved, action), request.body)),
          ...(request.body === undefined ? {} : { body: request.body }),
          maxBytes: request.maxBytes ?? roomFor(purpose),
          ...(request.anyAnswer === true ? { wholeRefusal: true } : {}),
          ...(mayAbort ? { signal } : {}),
        });
        end(answer.status);
        if (purpose === 'start' || purpose === 'page') received += answer.body.length;
        return readOutcome(answer, context(ctx, request, action));
      });
    },
    stream: (request, purpose) =>
      sending.request(purpose, async (resolved, end) => {
        const { body } = request;
        const answer = await ctx.http.stream({
          ...(await signed(resolved, toHttp(request, resolved, action), body)),
          ...(body === undefined ? {} : { body: typeof body === 'function' ? await body() : body }),
          signal,
          maxBytes: request.maxBytes ?? Number.MAX_SAFE_INTEGER,
        });
        answer.body.once('close', () => end(answer.status));
        if (answer.status >= 200 && answer.status <= 299) return answer;
        readOutcome({ ...answer, body: await firstBytes(answer.body) }, context(ctx, request, action));
        throw new ConnectorError(
          'ERR_RESPONSE_INVALID',
          `${request.method} ${request.path} answered ${answer.status} for a ${purpose} request`,
        );
      }),
    converse: (purpose, attempt) =>
      sending.request(purpose, async (resolved, end) => {
        const answer = await attempt(accessOf(ctx, resolved));
        end(200);
        return answer;
      }),
    async fetchLink(link) {
      const answer = await ctx.http.stream({
        method: 'GET',
        url: link.url,
        headers: link.headers ?? {},
        signal,
        timeoutMs: LINK_TIMEOUT_MS,
        maxBytes: LINK_MOST_BYTES,
      });
      const timer = setTimeout(() => answer.body.destroy(tooSlow(link.url)), LINK_MOST_MS);
      answer.body.once('close', () => clearTimeout(timer));
      return answer;
    },
    async sendLink({ body, ...link }) {
      const whole = typeof body === 'function' ? await body() : body;
      return ctx.http.stream({ ...link, body: whole, signal, maxBytes: MAX_RESPONSE_BYTES });
    },
    async launching() {
      // The turn first: a crash while waiting for it must not look like a launch.
      await sending.reserve('start');
      launches.begin();
      await session.save({ launches: launches.all });
      if (!session.isCanceled) return;
      // Of a repeat, an earlier request may have had the effect.
      if (session.state.sent !== true) launches.refused();
      throw new ConnectorError('ERR_CANCELED', 'the run was canceled before it started', { sent: 'no' });
    },
    async launched(state) {
      launches.answered(state.start);
      // Whatever fails from here on, the start request is not to be sent again.
      session.remember(state);
      await session.save({ launches: launches.all, state });
    },
    isActive(list, id) {
      const key = `${binding?.authenticationId ?? ''} ${action.id}`;
      return ctx.pollLists.holds(key, id, () =>
        readActive(list, binding?.account, (request) => io.send(request, 'poll')),
      );
    },
    async checkpoint(state) {
      session.remember(state);
      const now = ctx.clock.now();
      if (now - checkpointAt < CHECKPOINT_MS) return;
      checkpointAt = now;
      await session.save({ state });
    },
    async openArtifact({ mediaType, id = artifactId(run.id, 'rows'), offset = 0 }) {
      await session.noteArtifact(id);
      const writer = await ctx.artifacts.write(id, offset);
      const mask = createMask([...sending.tokens(), ...of.secrets()]);
      const links = createLinkFilter(ctx, run.tenant);
      void mediaType;
      return {
        id,
        get size() {
          return writer.size;
        },
        async write(chunk) {
          const bytes = mask.push(await links.push(chunk));
          if (bytes.length > 0) await writer.write(bytes);
        },
        // A place to continue from is the end of a row or of the whole, where no secret continues.
        async flush() {
          for (const rest of [mask.push(await links.end()), mask.end()]) if (rest.length > 0) await writer.write(rest);
          await writer.flush();
        },
        close: () => writer.close(),
      };
    },
    async readArtifact(id) {
      await assertOwnArtifact(ctx, run, id);
      return { size: await ctx.artifacts.size(id), body: await ctx.artifacts.read(id) };
    },
    async sendArtifact(id) {
      const { size, body } = await io.readArtifact(id);
      return { size, body: await completeStream(ctx, run.tenant, body, of.sendsLink) };
    },
    builtin: {
      filesFolder: filesFolder(ctx, run.tenant),
      takeFileBytes: (bytes) => takeFileBytes(ctx, run.tenant, bytes),
      http: ctx.http,
      allowedHosts: ctx.config.allowedHosts,
      deliveryId: run.delivery ?? run.id,
      tenant: run.tenant,
      ...(run.decision === undefined ? {} : { decision: run.decision }),
      askForApproval: (message) => ctx.handlers.askForApproval(ctx, run, message),
      async readEvents({ after, limit }) {
        const entries = await readEvents(ctx, run.tenant, after, limit);
        return {
          events: entries.map(({ position, event }) => ({ position, ...event })),
          position: entries.at(-1)?.position,
        };
      },
      connectWorkspace(workspace) {
        // Actions that ask for it are of a connector, so there is a linked account.
        const { linkedAccountId: account, authenticationId: id } = binding!;
        const actor = { tenant: run.tenant, keyId: run.id, name: `run of ${action.id}` };
        return ensureWorkspace(ctx, actor, { account, id, ...workspace });
      },
    },
  };
  return { io, tokens: sending.tokens };
}

function tooSlow(url: string): ConnectorError {
  const { origin } = new URL(url);
  const minutes = LINK_MOST_MS / 60_000;
  return new ConnectorError('ERR_TIMEOUT', `${origin} did not finish a chunk within ${minutes} minutes`, {
    sent: 'maybe',
  });
}

/** What a refusal says is in its first bytes; the rest of one that does not end is not waited for. */
async function firstBytes(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size >= MAX_REFUSAL_BYTES) break;
  }
  return Buffer.concat(chunks);
}

function toHttp(request: Omit<BuiltRequest, 'body'>, resolved: Resolved, { connector }: Action) {
  return {
    method: request.method,
    url: urlOf(resolved, request),
    headers: { ...request.headers, ...resolved.headers },
    timeoutMs: request.timeoutMs,
    explainRedirect: connector.service.explainRedirect,
  };
}

function context(ctx: Context, request: Pick<BuiltRequest, 'method' | 'path' | 'anyAnswer'>, action: Action) {
  const { method, path, anyAnswer = false } = request;
  return { action, connector: action.connector, method, path, anyAnswer, now: ctx.clock.now() };
}

/** An artifact belongs to the tenant of the run that is named in its id (`art_<run>_…`). */
async function assertOwnArtifact(ctx: Context, run: Run, id: string): Promise<void> {
  const owner = /^art_(run_[a-z0-9]+)/.exec(id)?.[1];
  const tenant = owner === undefined ? undefined : (await readHead(ctx, owner))?.tenant;
  if (tenant !== run.tenant)
    throw new ConnectorError('ERR_NOT_FOUND', `there is no artifact "${id}"`, {
      hint: 'Artifacts are deleted with their run.',
    });
}
