import { compileModes } from './auth-modes.ts';
import { addressFields, compileBaseUrls } from './base-urls.ts';
import type { Connector, ConnectorManifest, ConnectorOrigin, OwnConnector } from './manifest.ts';
import { compileSchema } from './schema.ts';
import { NO_SERVICE, type Service } from './service.ts';

/** A connector as all layers use it, from its checked manifest and its code. */
export function openConnector(
  manifest: ConnectorManifest,
  {
    service = NO_SERVICE,
    icon,
    origin = 'shipped',
    own,
  }: {
    service?: Service | undefined;
    icon?: string | undefined;
    origin?: ConnectorOrigin;
    own?: OwnConnector | undefined;
  } = {},
): Connector {
  return Object.freeze({
    id: manifest.id,
    origin,
    ...(own === undefined ? {} : { own }),
    manifest,
    ...(icon === undefined ? {} : { icon }),
    connection: compileSchema(manifest.connection, { owner: own }),
    baseUrls: compileBaseUrls(manifest),
    modes: compileModes(manifest, { addresses: addressFields(manifest), owner: own }),
    service,
  });
}
