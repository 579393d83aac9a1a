import type { ActionManifest, ConnectorManifest, TriggerManifest } from './manifest.ts';

/** One manifest as it was read, and where it stands; `file` is relative to the manifests folder. */
export interface ManifestFile<Manifest> {
  file: string;
  /** The name that the id must end with. */
  name: string;
  connector: string;
  manifest: Manifest;
}

/** Everything in a manifests folder, each file checked against its meta-schema, before the manifests are compared with each other. */
export interface ManifestFiles {
  connectors: (ManifestFile<ConnectorManifest> & { icon?: string })[];
  actions: ManifestFile<ActionManifest>[];
  triggers: ManifestFile<TriggerManifest>[];
}
