import type { Context } from '../context.ts';

/**
 * Why nothing should be started with an authentication now: its account is paused, a person must renew it, or it was withdrawn. Undefined when it may
 * serve, or is not there (anyone who uses it gets the better error). Costs no round trip while this process holds a fresh version.
 */
export async function pausedBy(
  ctx: Pick<Context, 'tokens'>,
  use: { linkedAccount: string; authentication: string | undefined },
): Promise<'needs_reauth' | 'revoked' | 'paused' | undefined> {
  const account = await ctx.tokens.accounts.get(use.linkedAccount);
  if (account?.value.paused !== undefined) return 'paused';
  const id = use.authentication ?? account?.value.default_authentication;
  const record = id === undefined ? undefined : await ctx.tokens.authentications.get(id);
  const status = record?.value.status;
  return status === 'active' ? undefined : status;
}
