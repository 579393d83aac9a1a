import type { Manifests } from '../../connector/manifest.ts';
import type { Context as AccessContext } from '../access/context.ts';
import type { Catalogs } from './catalogs.ts';

/** Whose manifests a context has: those of a tenant with connectors of its own, as of one catalog. */
export interface Scope {
  tenant: string;
  /** Number of the tenant's set of connectors; it rises with each change. */
  catalog: number;
}

/**
 * What the connectors floor is given. Here belongs which manifests there are: those of the installation, and beside them those that a
 * tenant has added. It knows no account and no workflow.
 */
export interface Context extends AccessContext {
  /** What can be done: for everybody, or in a `scope` for one tenant. */
  manifests: Manifests;
  scope?: Scope;
  catalogs: Catalogs;
}
