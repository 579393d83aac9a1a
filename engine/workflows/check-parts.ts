import { ConnectorError, type ValidationError } from '../../connector/errors.ts';
import type { Action, Trigger } from '../../connector/manifest.ts';
import { nearestNames } from '../../connector/nearest.ts';
import type { LinkedAccountRecord } from '../credentials/records/authentication-record.ts';
import { accountOfRun } from '../credentials/records/run-account.ts';
import type { Owner } from '../expression-threads/expressions.ts';
import type { Context } from '../runs/context.ts';
import { isRunAccount, RUN_ACCOUNT } from './account-of-run.ts';

/** What the checks of one workflow share. */
export interface Check {
  ctx: Context;
  tenant: string;
  /** For the expressions: the check as a whole has one budget of time. */
  owner: Owner;
  validationErrors: ValidationError[];
}

/** The account by its id, written into `use`; a validation error when there is none that fits. */
export async function useAccount(
  { ctx, tenant, validationErrors }: Check,
  at: {
    use: { linked_account?: string; authentication?: string };
    pointer: string;
    of: Action | Trigger;
  },
): Promise<LinkedAccountRecord | undefined> {
  const { use, pointer, of } = at;
  if (isRunAccount(use.linked_account)) {
    validationErrors.push(...wrongRunAccount(use, pointer, of));
    return undefined;
  }
  const computed = (['linked_account', 'authentication'] as const).filter((name) => use[name]?.includes('{{'));
  if (computed.length > 0) {
    const message = `is a name or an id; only linked_account may be an expression, ${RUN_ACCOUNT}, for the account that the run is started with`;
    validationErrors.push(...computed.map((name) => ({ pointer: `${pointer}/${name}`, message })));
    return undefined;
  }
  try {
    const account = await accountOfRun(ctx, tenant, { ...use, action: of });
    if (account !== undefined) use.linked_account = account.id;
    return account;
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    const found = error.errors?.[0];
    const message = found?.message ?? error.message;
    validationErrors.push({
      pointer: `${pointer}${found?.pointer ?? '/linked_account'}`,
      message,
      code: error.code,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    });
    return undefined;
  }
}

/** The account of the run is checked when a run is started with it. */
function wrongRunAccount(use: { authentication?: string }, pointer: string, of: Action | Trigger): ValidationError[] {
  if (pointer === '/trigger') {
    const message = 'must name a linked account: only steps can use the account of their run';
    return [{ pointer: `${pointer}/linked_account`, message }];
  }
  if (of.connector.manifest.auth.length === 0) {
    return [
      { pointer: `${pointer}/linked_account`, message: `is not used: ${of.id} does not require a linked account` },
    ];
  }
  if (use.authentication === undefined) return [];
  const message = 'cannot be given with the account of the run; its default authentication is used';
  return [{ pointer: `${pointer}/authentication`, message }];
}

/** What to say of an action that is not there. */
export function unknownAction(ctx: Context, id: string): string {
  const near = nearestNames(id, [...ctx.manifests.actions.keys()]);
  const remedy = near.length > 0 ? `; did you mean "${near[0]}"?` : '; GET /v1/actions lists them';
  return `"${id}" is not an action${remedy}`;
}

/** A validation error of a part, at its place in the whole. */
export function moved(validationError: ValidationError, pointer: string): ValidationError {
  return { ...validationError, pointer: pointer + validationError.pointer };
}
