import type { ConnectorSource } from '../../connector/connector-source.ts';
import { checkManifests } from '../../connector/crosscheck.ts';
import type { ValidationError } from '../../connector/errors.ts';
import type { JsonObject } from '../../connector/manifest.ts';
import type { MetaSchemas } from '../../connector/meta-schemas.ts';
import { readManifests } from '../../connector/read-manifests.ts';

/** Checks generated manifests as a start of Penstock does. */
export function checkGenerated(
  id: string,
  files: ReadonlyMap<string, JsonObject>,
  schemas: MetaSchemas,
): ValidationError[] {
  const errors: ValidationError[] = [];
  const source: ConnectorSource = { id, files, icons: new Map() };
  const read = readManifests([source], schemas, errors);
  return errors.length > 0 ? errors : checkManifests(read.files, new Map());
}
