/** `npm run check:manifests [-- FOLDER]`: checks every manifest and prints one line per validation error. */

import { ConnectorError } from '../connector/errors.ts';
import { loadManifests } from '../connector/load-manifests.ts';
import { SERVICES } from '../services/registry.ts';

const folder = process.argv[2] ?? new URL('../manifests/', import.meta.url);

try {
  const manifests = await loadManifests(folder, { checks: 'all', services: SERVICES });
  const { connectors, actions, triggers } = manifests;
  console.log(`${connectors.size} connectors, ${actions.size} actions, ${triggers.size} triggers: no errors.`);
} catch (error) {
  if (!(error instanceof ConnectorError)) throw error;
  for (const validationError of error.errors ?? [])
    console.error(`${validationError.pointer}: ${validationError.message}`);
  console.error(
    `${error.errors?.length ?? 0} validation errors. The format is described in docs/reference/manifests.md.`,
  );
  process.exitCode = 1;
}
