import { compileModes } from './auth-modes.ts';
import { addressFields, compileBaseUrls } from './base-urls.ts';
import type { Connector, ConnectorManifest } from './manifest.ts';
import { compileSchema } from './schema.ts';
import { NO_SERVICE, type Service } from './service.ts';

/** A connector as all layers use it, from its checked manifest and its code. */
export function openConnector(
  manifest: ConnectorManifest,
  { service = NO_SERVICE, icon }: { service?: Service | undefined; icon?: string | undefined } = {},
): Connector {
  return Object.freeze({
    id: manifest.id,
    manifest,
    ...(icon === undefined ? {} : { icon }),
    connection: compileSchema(manifest.connection),
    baseUrls: compileBaseUrls(manifest),
    modes: compileModes(manifest, addressFields(manifest)),
    service,
  });
}
