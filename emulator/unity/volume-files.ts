import { mkdirSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { type FullName, fullNameText } from './names.ts';
import type { Unity } from './registry.ts';

/** Where the files of volumes are on this machine. */
export interface VolumeFiles {
  /** The folder of a volume that exists; it keeps its place when the volume is renamed. */
  folderOf(volume: FullName): string;
  /** The volume and the local path of `/Volumes/catalog/schema/volume/rest`; undefined when the path names no volume that exists. */
  resolve(path: string): { volume: FullName; local: string; rest: string } | undefined;
}

/** Opens the files of volumes below a folder. */
export function createVolumeFiles(folder: string, unity: Unity): VolumeFiles {
  const root = join(folder, 'volumes');
  mkdirSync(root, { recursive: true });
  const folderOf = (volume: FullName) => join(root, unity.volumes.get(fullNameText(volume))?.volume_id ?? 'none');
  return {
    folderOf,
    resolve(path) {
      const [, top, catalog, schema, name, ...rest] = path.replace(/^dbfs:/, '').split('/');
      if (top !== 'Volumes' || catalog === undefined || schema === undefined || name === undefined) return undefined;
      const volume = { catalog: catalog.toLowerCase(), schema: schema.toLowerCase(), name: name.toLowerCase() };
      if (!unity.volumes.has(fullNameText(volume))) return undefined;
      // .. never leads out of the volume: the path is made absolute first
      const inside = normalize(`/${rest.join('/')}`).replace(/\/$/, '');
      return { volume, local: join(folderOf(volume), inside), rest: inside };
    },
  };
}
