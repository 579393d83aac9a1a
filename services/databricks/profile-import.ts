import { join } from 'node:path';
import type { ProfileImport } from '../account-service.ts';
import { importAuthentication, needsProfile } from './profile.ts';

/** What the Databricks CLI and SDKs use on a machine. */
export const profileImport: ProfileImport = Object.freeze({
  text: 'Import credentials from DATABRICKS_ environment variables or a .databrickscfg profile, with the precedence of the Databricks tools',
  profileText: 'the profile (default: DATABRICKS_CONFIG_PROFILE, then default_profile, then DEFAULT)',
  fileOf(env, home) {
    const named = env.DATABRICKS_CONFIG_FILE || undefined;
    const path = named ? named.replace(/^~(?=\/)/, home) : join(home, '.databrickscfg');
    return { path, isNamed: named !== undefined, variable: 'DATABRICKS_CONFIG_FILE' };
  },
  needsFile: needsProfile,
  read(given) {
    const { body, sources, warehouse_id } = importAuthentication(given);
    return {
      body,
      name: given.env.DATABRICKS_CONFIG_PROFILE || undefined,
      sources,
      note:
        warehouse_id === undefined
          ? undefined
          : `The profile names the warehouse ${warehouse_id}. Set it as the default warehouse of the account, or pass it in an input.`,
    };
  },
} satisfies ProfileImport);
