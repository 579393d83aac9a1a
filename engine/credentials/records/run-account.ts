import { ConnectorError } from '../../../connector/errors.ts';
import type { Action, Connector, JsonObject } from '../../../connector/manifest.ts';
import type { Context } from '../context.ts';
import { findAccount } from './account-records.ts';
import type { LinkedAccountRecord } from './authentication-record.ts';

const DEFAULT = /^default_(.+)$/;

/**
 * The linked account that a run of an action uses, by id or name; undefined for an action that needs none. Costs no round
 * trip while this process knows the account and its authentication.
 * @throws ConnectorError ERR_INPUT_INVALID when none is named or it is of another connector, ERR_NOT_FOUND (also for
 * another tenant's), ERR_NO_AUTHENTICATION
 */
export async function accountOfRun(
  ctx: Context,
  tenant: string,
  wanted: {
    action: Pick<Action, 'id' | 'connector'>;
    linked_account?: string | undefined;
    authentication?: string | undefined;
  },
): Promise<LinkedAccountRecord | undefined> {
  const { action, linked_account: named } = wanted;
  if (action.connector.manifest.auth.length === 0) return undefined;
  if (named === undefined) {
    throw refused('ERR_INPUT_INVALID', `${action.id} requires a linked account`, {
      pointer: '/linked_account',
      message: 'is required: the id or name of a linked account',
    });
  }
  const account = await byIdOrName(ctx, tenant, named);
  if (account.connector !== action.connector.id) {
    throw refused(
      'ERR_INPUT_INVALID',
      `the linked account "${account.name}" belongs to the connector ${account.connector}`,
      {
        pointer: '/linked_account',
        message: `must be a linked account of ${action.connector.id}`,
      },
    );
  }
  await checkAuthentication(ctx, account, wanted.authentication);
  return account;
}

/**
 * The input with the defaults of its account: the field `default_X` of an account is the input X that an action requires, or that a
 * trigger has, where none is given.
 */
export function withAccountDefaults(
  connector: Connector,
  of: { schema: JsonObject; account: LinkedAccountRecord | undefined; fills: 'required' | 'all' },
  input: unknown,
): unknown {
  if (of.account === undefined || input === null || typeof input !== 'object') return input;
  let filled = input as Record<string, unknown>;
  for (const name of Object.keys((connector.manifest.connection.properties ?? {}) as JsonObject)) {
    const field = DEFAULT.exec(name)?.[1];
    const value = (of.account as unknown as Record<string, unknown>)[name];
    if (field === undefined || value === undefined || field in filled) continue;
    const isTaken =
      of.fills === 'all'
        ? field in ((of.schema.properties ?? {}) as JsonObject)
        : Array.isArray(of.schema.required) && of.schema.required.includes(field);
    if (isTaken) filled = { [field]: value, ...filled };
  }
  return filled;
}

async function byIdOrName(ctx: Context, tenant: string, idOrName: string): Promise<LinkedAccountRecord> {
  const nameKey = `${tenant}/${idOrName}`;
  const id = ctx.tokens.accountNames.get(nameKey) ?? idOrName;
  const known = id.startsWith('la_') ? (await ctx.tokens.accounts.get(id))?.value : undefined;
  // A remembered name counts only while the account, whose changes are pushed, still bears it.
  if (known?.tenant === tenant && (id === idOrName || known.name === idOrName)) return known;
  ctx.tokens.accountNames.delete(nameKey);
  try {
    const { value } = await findAccount(ctx, tenant, idOrName);
    ctx.tokens.accountNames.set(nameKey, value.id, value.id.length);
    return value;
  } catch (error) {
    if (!(error instanceof ConnectorError && error.code === 'ERR_NOT_FOUND')) throw error;
    const message = `"${idOrName}" does not exist; "penstock accounts" lists linked accounts`;
    throw refused('ERR_NOT_FOUND', error.message, { pointer: '/linked_account', message }, error.hint);
  }
}

async function checkAuthentication(
  ctx: Context,
  account: LinkedAccountRecord,
  wanted: string | undefined,
): Promise<void> {
  const id = wanted ?? account.default_authentication;
  if (id === undefined) {
    throw new ConnectorError('ERR_NO_AUTHENTICATION', `the linked account "${account.name}" has no authentication`, {
      hint: 'Add one with "penstock auth add", or send the owner a connect link.',
      errors: [{ pointer: '/linked_account', message: 'has no authentication' }],
    });
  }
  const found = (await ctx.tokens.authentications.get(id))?.value;
  if (found?.linked_account === account.id && found.tenant === account.tenant) return;
  throw refused('ERR_NOT_FOUND', `the linked account "${account.name}" has no authentication "${id}"`, {
    pointer: '/authentication',
    message: 'is not an authentication of the linked account',
  });
}

function refused(
  code: 'ERR_INPUT_INVALID' | 'ERR_NOT_FOUND',
  text: string,
  validationError: { pointer: string; message: string },
  hint = '"penstock accounts" lists linked accounts and their authentications.',
): ConnectorError {
  return new ConnectorError(code, text, { errors: [validationError], hint, sent: 'no' });
}
