import { loadManifests } from '../connector/load-manifests.ts';
import type { Manifests } from '../connector/manifest.ts';
import { MANIFESTS, SERVICES } from '../services/registry.ts';

let loaded: Promise<Manifests> | undefined;

/** The shipped manifests, which are frozen: read once, and each of their validators compiled once, for all files of a process. */
export function shippedManifests(): Promise<Manifests> {
  loaded ??= loadManifests(MANIFESTS, { services: SERVICES });
  return loaded;
}
