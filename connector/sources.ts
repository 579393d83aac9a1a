import type { SourceManifest, TriggerManifest } from './manifest.ts';

/** The sources of a trigger, whichever way its manifest writes them. */
export function sourcesOf({ source, sources, cursor }: TriggerManifest): readonly SourceManifest[] {
  if (sources !== undefined) return sources;
  if (source === undefined) return [];
  return [{ ...source, ...(cursor === undefined ? {} : { cursor }) }];
}

/** The readers that every connector has. */
export const GENERAL_READERS = ['rows', 'listing'] as const;
