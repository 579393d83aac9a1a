/** `npm run check:manifests [-- FOLDER]`: checks every manifest and prints one line per fault. */
import { loadCatalogue } from '../connector/catalogue.ts';
import { ConnectorError } from '../connector/errors.ts';

const folder = process.argv[2] ?? new URL('../manifests/', import.meta.url);

try {
  const catalogue = await loadCatalogue(folder, { checks: 'all' });
  const { connectors, actions, triggers } = catalogue;
  console.log(`${connectors.size} connectors, ${actions.size} actions, ${triggers.size} triggers: no errors.`);
} catch (error) {
  if (!(error instanceof ConnectorError)) throw error;
  for (const fault of error.errors ?? []) console.error(`${fault.pointer}: ${fault.message}`);
  console.error(`${error.errors?.length ?? 0} faults. The format is described in docs/reference/manifests.md.`);
  process.exitCode = 1;
}
