import { fileURLToPath } from 'node:url';
import { buildManifests } from './build-manifests.ts';
import { atShared } from './bundle-manifest.ts';
import type { ConnectorSource } from './connector-source.ts';
import { checkManifests } from './crosscheck.ts';
import type { ValidationError } from './errors.ts';
import { checkExamples } from './examples.ts';
import { loadSuperLinear } from './linear-regex.ts';
import type { ManifestFiles } from './manifest-files.ts';
import { readMetaSchemas } from './meta-schemas.ts';
import { checkPace } from './pace-checks.ts';
import { readManifests } from './read-manifests.ts';
import { at } from './references.ts';
import { checkRegexes } from './regex-checks.ts';
import { checkBounds } from './schema-bounds.ts';

const NO_SERVICES = new Map();

/**
 * Everything that is wrong with a tenant's connector: as a folder of the operator's is checked, with bounds on schemas, and by itself:
 * it can name no action of another one. What must not be in it: `default`, and what only code does.
 * Takes as long as its schemas and regular expressions want: call it in a process that can be ended.
 * @param metaSchemas folder of the schemas of manifests
 */
export async function checkOwnSource(source: ConnectorSource, metaSchemas: URL): Promise<ValidationError[]> {
  const validationErrors: ValidationError[] = [];
  const schemas = await readMetaSchemas(fileURLToPath(metaSchemas));
  const { files, shared } = readManifests([source], schemas, validationErrors);
  const report = () => atShared(validationErrors, shared);
  // A manifest of the wrong shape would only produce follow-up validation errors in the comparison.
  if (validationErrors.length > 0) return report();
  validationErrors.push(...checkManifests(files, NO_SERVICES), ...checkBounds(files));
  validationErrors.push(...checkPace(files), ...refuseDefault(files));
  if (validationErrors.length > 0) return report();
  validationErrors.push(...checkRegexes(files, await loadSuperLinear()));
  if (validationErrors.length > 0) return report();
  const manifests = buildManifests(files, { services: NO_SERVICES, originOf: () => 'tenant' });
  validationErrors.push(...checkExamples(manifests, files));
  return report();
}

function refuseDefault({ connectors }: ManifestFiles): ValidationError[] {
  return connectors
    .filter(({ manifest }) => manifest.default === true)
    .map((entry) => at(entry, '/default', 'is for a connector of the whole installation; take it out'));
}
