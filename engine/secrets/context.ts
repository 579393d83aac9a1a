import type { Context as StoreContext } from '../store/context.ts';
import type { DataKeyring } from './data-keyring.ts';
import type { Keyring } from './seal.ts';

/**
 * What the secrets floor is given. Here belongs how secrets are sealed, hidden, found in values and removed from texts,
 * and how links are signed. It knows no account and no run: whose a secret is, its callers say.
 */
export interface Context extends StoreContext {
  keyring: Keyring;
  /** Seals secrets that are scattered or short-lived: inputs, logins, connect links, remembered answers. */
  dataKeyring: DataKeyring;
}
