import { ConnectorError } from '../../connector/errors.ts';
import type { Connector } from '../../connector/manifest.ts';
import type { Check, Write } from '../store/records.ts';
import { setField, USES } from './connector-sets.ts';
import type { Context } from './context.ts';

/** What belongs into the transaction of something that was made by the manifests of a scope. */
export interface ScopeUse {
  /** They are still those that the tenant has. */
  checks: readonly Check[];
  /** A change of them that was decided without what is made is decided again. */
  writes: readonly Write[];
  /** @throws ConnectorError ERR_CONFLICT when the check that failed is one of these */
  refuse(failed: Check | undefined): void;
}

/**
 * Keeps a connector from being changed or removed in the instant in which something that uses it is made: an account, an app, a version
 * of a workflow. Nothing for a tenant without connectors of its own, nor for a `connector` of the installation.
 */
export function useOfScope(ctx: Context, connector?: Connector): ScopeUse {
  const { scope } = ctx;
  if (scope === undefined || (connector !== undefined && connector.own === undefined))
    return { checks: [], writes: [], refuse() {} };
  const key = ctx.keys.connectors(scope.tenant);
  const check: Check = ['free', key, setField(scope.catalog + 1), ''];
  return {
    checks: [check],
    writes: [['HINCRBY', key, USES, 1]],
    refuse(failed) {
      if (failed !== check) return;
      // The message about the change was missed, or is on its way.
      ctx.changes.tell('tenant', scope.tenant);
      throw new ConnectorError('ERR_CONFLICT', 'the connectors of the tenant were changed at the same time', {
        hint: 'Repeat the request.',
        sent: 'no',
      });
    },
  };
}
