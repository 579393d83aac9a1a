import type { Purpose } from '../../actions/call.ts';
import { ConnectorError } from '../../connector/errors.ts';
import type { Action } from '../../connector/manifest.ts';
import { actionLabel, connectorLabel } from '../connectors/labels.ts';
import type { Resolved } from '../credentials/records/token-cache.ts';
import { refreshAuthentication } from '../credentials/tokens/tokens.ts';
import { placeOf } from '../queue/limits.ts';
import type { Permit, Place, Priority } from '../queue/place.ts';
import { scrubError } from '../secrets/scrub.ts';
import type { Context } from './context.ts';
import type { RunSession } from './run-session.ts';

/** How one activation asks its workspace: with credentials, in its turn, and once more when the token had ended. */
export interface Sending {
  /** Takes the turn of the next request, so that nothing has to be waited for between a note and its request. */
  reserve(purpose: Purpose): Promise<void>;
  /**
   * Makes one request in its turn. `attempt` gets `end`, to be called with the status when the connection is free again; the connection is given back for it
   * when `attempt` fails.
   * @throws Later when the turn of an activation's first request lies further ahead than a slot may be held for
   */
  request<T>(purpose: Purpose, attempt: (resolved: Resolved, end: (status: number) => void) => Promise<T>): Promise<T>;
  /** The tokens that requests went out with. */
  tokens(): string[];
}

/** Opens the way of one activation to its workspace. */
export function openSending(
  ctx: Context,
  of: { session: RunSession; action: Action; binding: Resolved | undefined },
): Sending {
  const { session, action } = of;
  const { run, signal } = session;
  let { binding } = of;
  const first = binding;
  let place: Place | undefined;
  let reserved: Permit | undefined;
  let isFirst = true;
  session.onClose(() => reserved?.release());

  const turn = (purpose: Purpose): Permit | Promise<Permit> => {
    if (reserved !== undefined) {
      const permit = reserved;
      reserved = undefined;
      return permit;
    }
    const { origin, limits, authenticationId: authentication } = binding!;
    place ??= placeOf(ctx, { tenant: run.tenant, origin, authentication, limits, connector: action.connector });
    // Later requests of an activation wait: coming back would repeat the ones before.
    const mayReturn = isFirst && purpose !== 'page';
    isFirst = false;
    const priority = priorityOf(purpose, run.interactive === true);
    return ctx.throttle.enter(place, { priority, mayReturn, hasWaited: Boolean(run.throttled_at), signal });
  };

  const once = async <T>(purpose: Purpose, attempt: Parameters<Sending['request']>[1]): Promise<T> => {
    const given = turn(purpose);
    const permit = given instanceof Promise ? await session.phases.time('queue', session.turn.aside(given)) : given;
    if (purpose === 'poll') ctx.meters.count('penstock_polls_total', [actionLabel(ctx, action.id)]);
    const end = (status: number) => {
      permit.release();
      if (status >= 200 && status <= 299) ctx.throttle.accept(place!);
    };
    try {
      const phase = purpose === 'page' ? 'download' : 'request';
      return (await session.phases.time(phase, session.turn.aside(attempt(binding!, end)))) as T;
    } catch (error) {
      permit.release();
      if (error instanceof ConnectorError && isThrottled(error)) {
        ctx.meters.count('penstock_throttled_total', [connectorLabel(ctx, action.connector.id)]);
        slowDown(ctx, place!, error.retryAfterMs ?? 0);
      }
      throw error instanceof ConnectorError ? scrubError(error, [...binding!.secrets]) : error;
    }
  };

  return {
    tokens() {
      if (first === undefined) return [];
      return binding === undefined || binding === first ? [...first.secrets] : [...first.secrets, ...binding.secrets];
    },
    async reserve(purpose) {
      if (binding !== undefined) reserved = await turn(purpose);
    },
    async request(purpose, attempt) {
      if (binding === undefined) throw noAuthentication(action);
      try {
        return await once(purpose, attempt);
      } catch (error) {
        if (!(error instanceof ConnectorError) || error.code !== 'ERR_AUTH_FAILED') throw error;
        binding = await refreshAuthentication(ctx, binding).catch((refused: unknown) => {
          throw withWordsOf(error, refused);
        });
        return once(purpose, attempt);
      }
    },
  };
}

/** The failure of a refresh, with what the service said to the request for which it was made. */
function withWordsOf({ upstream }: ConnectorError, refused: unknown): unknown {
  if (!(refused instanceof ConnectorError) || refused.upstream !== undefined || upstream === undefined) return refused;
  const { code, message, kind, hint, errors, retryAfterMs, sent } = refused;
  const said = upstream.message === undefined ? message : `${message}: ${upstream.message}`;
  return new ConnectorError(code, said, { kind, hint, errors, retryAfterMs, sent, upstream, cause: refused });
}

function priorityOf(purpose: Purpose, isInteractive: boolean): Priority {
  if (isInteractive || purpose === 'cancel') return 'interactive';
  return purpose === 'poll' ? 'poll' : 'start';
}

function isThrottled({ kind, upstream, retryAfterMs }: ConnectorError): boolean {
  return kind === 'rate_limit' || upstream?.status === 429 || (upstream?.status === 503 && retryAfterMs !== undefined);
}

function slowDown(ctx: Context, place: Place, stopMs: number): void {
  ctx.log.info({ workspace: place.origin, stop_ms: stopMs }, 'a workspace throttles requests');
  ctx.throttle.slowDown(place, stopMs).catch((error: unknown) => {
    // The retry rule of this run waits all the same; the others learn by asking.
    ctx.log.warn({ err: error }, 'the throttle could not be shared with the other workers');
  });
}

function noAuthentication(action: Action): ConnectorError {
  return new ConnectorError('ERR_INPUT_INVALID', `${action.id} requires a linked account`, {
    hint: 'Set linked_account to the id or name of a linked account. "penstock accounts" lists them.',
    errors: [{ pointer: '/linked_account', message: 'is missing' }],
    sent: 'no',
  });
}
