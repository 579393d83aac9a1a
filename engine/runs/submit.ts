import type { RunOptions } from '../../actions/call.ts';
import { effectOf } from '../../actions/effect.ts';
import { ConnectorError, type ValidationError } from '../../connector/errors.ts';
import type { Action, Effect } from '../../connector/manifest.ts';
import { namesWithWordsOf } from '../../connector/nearest.ts';
import { storeValue } from '../artifacts/values.ts';
import { scopeOf } from '../connectors/scope.ts';
import { accountOfRun, withAccountDefaults } from '../credentials/records/run-account.ts';
import { maxInFlight } from '../queue/limits.ts';
import { deferReceived } from '../secrets/received-links.ts';
import { type SecretPlaces, secretPlaces } from '../secrets/secret-places.ts';
import { copiedSecrets } from '../secrets/secrets.ts';
import { newId } from '../store/ids.ts';
import type { Metadata } from '../store/metadata.ts';
import type { Context } from './context.ts';
import type { ActionStepRun, AnyRun, OpenRun, RunPage, RunTrigger } from './run.ts';
import { checkOptions, explainOptions } from './run-options.ts';
import { hideOfRun } from './run-secrets.ts';
import { writeRun } from './run-writes.ts';

/** What a caller says of a run of one action. */
export interface ActionRequest {
  action: string;
  /** Id or name; the run's record has the id. */
  linked_account?: string | undefined;
  authentication?: string | undefined;
  input: unknown;
  options?: RunOptions | undefined;
  metadata?: Metadata | undefined;
}

/** What the engine says of it. */
interface OriginOfAny {
  /** Chosen by the engine for steps and polls, so that a repeat makes no second run. */
  id?: string;
  /** Places of the input that are secret beside those of the action's schema. */
  secret_places?: SecretPlaces;
  /** Overrides the manifest's: a poll only reads, whatever its source action could do. */
  effect?: Effect;
  /** A person waits for it: it goes before what nobody waits for. */
  interactive?: boolean;
  /** JSON pointer in the input -> what is there. With them the input is checked when it is whole. */
  input_refs?: AnyRun['input_refs'];
}

/** What it is for; left out, an action by itself. */
export type RunOrigin = OriginOfAny &
  (
    | { purpose?: undefined; step?: string; replay_of?: string; trigger?: RunTrigger }
    | { purpose: 'lookup' }
    | { purpose: 'poll'; workflow: string; workflow_version: number; page: RunPage }
    | ({ purpose: 'step' } & Pick<
        ActionStepRun,
        'parent' | 'step' | 'workflow' | 'workflow_version' | 'item_index' | 'retry' | 'deadline' | 'delivery'
      >)
  );

/** The action's manifest, or an error that names near ids. @throws ConnectorError ERR_ACTION_UNKNOWN */
export function findAction(ctx: Context, id: string): Action {
  const action = ctx.manifests.actions.get(id);
  if (action !== undefined) return action;
  const near = namesWithWordsOf(id, [...ctx.manifests.actions.keys()]);
  throw new ConnectorError('ERR_ACTION_UNKNOWN', `there is no action "${id}"`, {
    hint: near.length > 0 ? `Did you mean ${near.join(' or ')}?` : '"penstock actions" lists them.',
    errors: [{ pointer: '/action', message: 'is not an action', ...(near.length > 0 ? { allowed: near } : {}) }],
  });
}

/**
 * Checks a request and writes its run and job; the answer is durable in Redis when this resolves.
 * Called twice with the same `origin.id` it makes one run.
 * @throws ConnectorError ERR_ACTION_UNKNOWN, ERR_INPUT_INVALID (every validation error with its pointer into the request), and those
 * of `accountOfRun`; nothing is written then
 */
export async function submitAction(
  given: Context,
  tenant: string,
  call: { request: ActionRequest; origin?: RunOrigin },
): Promise<OpenRun> {
  const { request, origin = {} } = call;
  // A step has the manifests of its workflow's run; what begins by itself has those of now.
  const found = origin.purpose === 'step' ? given : scopeOf(given, tenant);
  const ctx = found instanceof Promise ? await found : found;
  const { action, account, input, options, places, effect } = await checkAction(ctx, tenant, call);
  const now = ctx.clock.now();
  const id = origin.id ?? newId('run', now);
  const { shown, sealed } = hideOfRun(ctx, input, { tenant, run: id, part: 'input', places });
  const stored = await storeValue(ctx, shown, { run: id, part: 'in' });
  const run: OpenRun = {
    id,
    tenant,
    kind: 'action',
    status: 'queued',
    ...purposeOf(origin),
    action: action.id,
    action_version: action.manifest.version,
    effect,
    ...(account === undefined ? {} : { linked_account: account.id }),
    ...(request.authentication === undefined ? {} : { authentication: request.authentication }),
    ...('artifact' in stored ? { input: null, input_artifact: stored.artifact } : { input: stored.value }),
    ...(sealed === undefined ? {} : { sealed_input: sealed }),
    ...(origin.input_refs === undefined ? {} : { input_refs: origin.input_refs }),
    options,
    ...(request.metadata === undefined ? {} : { metadata: request.metadata }),
    launches: [],
    attempts: 0,
    failures: 0,
    created_at: now,
  };
  const most = await maxInFlight(ctx, account, request.authentication);
  await writeRun(ctx, run, { kind: isAwaited(origin) ? 'first' : 'bulk', most });
  return run;
}

/** A request that was checked. */
interface CheckedRequest {
  action: Action;
  account: Awaited<ReturnType<typeof accountOfRun>>;
  input: unknown;
  options: RunOptions;
  places: SecretPlaces;
  effect: Effect;
}

/** The checks of `submitAction`, which writes nothing before they pass. @throws as `submitAction` */
export async function checkAction(
  ctx: Context,
  tenant: string,
  { request, origin = {} }: { request: ActionRequest; origin?: RunOrigin },
): Promise<CheckedRequest> {
  const action = findAction(ctx, request.action);
  const account = await accountOfRun(ctx, tenant, { ...request, action });
  const given = withAccountDefaults(
    action.connector,
    { schema: action.manifest.input, account, fills: 'required' },
    request.input ?? {},
  );
  const isWhole = origin.input_refs === undefined;
  const checked = isWhole
    ? checkAt(
        '/input',
        () => action.input.check(given, 'input'),
        (errors) => explainOptions(action, errors),
      )
    : given;
  const input = await deferReceived(ctx, tenant, checked);
  const options = checkAt('/options', () => checkOptions(action, request.options));
  const places = new Map([...secretPlaces(action.manifest.input, input), ...(origin.secret_places ?? [])]);
  refuseCopied(input, places);
  return { action, account, input, options, places, effect: origin.effect ?? effectOf(action, input) };
}

/** What a run has for what it is for. */
function purposeOf(origin: RunOrigin) {
  switch (origin.purpose) {
    case undefined: {
      const { step, replay_of } = origin;
      const by = replay_of !== undefined ? 'replay' : step !== undefined ? 'test' : 'manual';
      const { trigger = by } = origin;
      return replay_of === undefined
        ? ({ purpose: 'action', step, trigger } as const)
        : ({ purpose: 'action', step, trigger, replay_of } as const);
    }
    case 'lookup':
      return { purpose: 'lookup' } as const;
    case 'poll': {
      const { purpose, workflow, workflow_version, page } = origin;
      return { purpose, workflow, workflow_version, page };
    }
    case 'step': {
      const { purpose, parent, step, workflow, workflow_version, item_index, retry, deadline, delivery } = origin;
      return { purpose, parent, step, workflow, workflow_version, item_index, retry, deadline, delivery };
    }
    default:
      return origin satisfies never;
  }
}

function isAwaited({ purpose, interactive }: RunOrigin): boolean {
  return interactive === true || purpose === 'lookup';
}

function refuseCopied(input: unknown, places: SecretPlaces): void {
  const validationErrors = copiedSecrets(input, places);
  if (validationErrors.length === 0) return;
  const errors = validationErrors.map((validationError) => ({
    ...validationError,
    pointer: `/input${validationError.pointer}`,
  }));
  throw new ConnectorError(
    'ERR_INPUT_INVALID',
    `the input is not valid: ${validationErrors[0]!.pointer} ${validationErrors[0]!.message}`,
    {
      errors,
      sent: 'no',
    },
  );
}

/** The validation errors of a part of the request, with their pointers from its root. */
function checkAt<T>(pointer: string, check: () => T, explain = (errors: ValidationError[]) => errors): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.errors === undefined) throw error;
    const explained = explain(error.errors);
    const errors = explained.map((validationError) => ({
      ...validationError,
      pointer: pointer + validationError.pointer,
    }));
    const [first] = error.errors;
    const message =
      first === undefined ? error.message : error.message.replace(first.message, () => explained[0]!.message);
    throw new ConnectorError(error.code, message, { hint: error.hint, errors, sent: 'no', cause: error });
  }
}
