import { mkdirSync } from 'node:fs';
import { join, normalize } from 'node:path';
import type { FullName } from './names.ts';

/** Where the files of volumes are on this machine. */
export interface VolumeFiles {
  /** The folder of a volume. */
  folderOf(volume: FullName): string;
  /** The volume and the local path of `/Volumes/catalog/schema/volume/rest`; undefined when the path is no such. */
  resolve(path: string): { volume: FullName; local: string; rest: string } | undefined;
}

/** Opens the files of volumes below a folder. */
export function createVolumeFiles(folder: string): VolumeFiles {
  const root = join(folder, 'volumes');
  mkdirSync(root, { recursive: true });
  const folderOf = (volume: FullName) =>
    join(root, ...[volume.catalog, volume.schema, volume.name].map(encodeURIComponent));
  return {
    folderOf,
    resolve(path) {
      const [, top, catalog, schema, name, ...rest] = path.replace(/^dbfs:/, '').split('/');
      if (top !== 'Volumes' || catalog === undefined || schema === undefined || name === undefined || name === '')
        return undefined;
      const volume = { catalog: catalog.toLowerCase(), schema: schema.toLowerCase(), name: name.toLowerCase() };
      const inside = normalize(`/${rest.join('/')}`).replace(/\/$/, '');
      return { volume, local: join(folderOf(volume), inside), rest: inside };
    },
  };
}
