import type { Action, Connector, ConnectorOrigin, JsonObject, Manifests, OwnConnector, Trigger } from './manifest.ts';
import type { ManifestFiles } from './manifest-files.ts';
import { openConnector } from './open-connector.ts';
import { compileSchema } from './schema.ts';
import type { Services } from './service.ts';
import { sourcesOf } from './sources.ts';

/** Manifests as all layers use them, from checked files. Validators are made when they are first used. */
export function buildManifests(
  files: ManifestFiles,
  {
    services,
    originOf,
    own,
  }: { services: Services; originOf: (connector: string) => ConnectorOrigin; own?: OwnConnector },
): Manifests {
  const connectors = new Map<string, Connector>();
  for (const { manifest, icon } of files.connectors) {
    connectors.set(
      manifest.id,
      openConnector(manifest, { service: services.get(manifest.id), icon, origin: originOf(manifest.id), own }),
    );
  }
  const compile = (schema: JsonObject) => compileSchema(schema, { owner: own });
  const actions = new Map<string, Action>();
  for (const { manifest, connector } of files.actions) {
    actions.set(
      manifest.id,
      Object.freeze({
        id: manifest.id,
        manifest,
        connector: connectors.get(connector)!,
        input: compile(manifest.input),
        ...(manifest.options === undefined ? {} : { options: compile(manifest.options) }),
        output: compile(manifest.output),
      }),
    );
  }
  const triggers = new Map<string, Trigger>();
  for (const { manifest, connector } of files.triggers) {
    triggers.set(
      manifest.id,
      Object.freeze({
        id: manifest.id,
        manifest,
        kind: manifest.kind ?? 'poll',
        sources: sourcesOf(manifest),
        connector: connectors.get(connector)!,
        input: compile(manifest.input),
      }),
    );
  }
  return Object.freeze({ connectors, actions, triggers });
}
