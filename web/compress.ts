import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Plugin } from 'vite';

/** Smaller files gain less than a packet. */
const MIN_BYTES = 1400;
const COMPRESSIBLE = /\.(js|css|svg|json)$/;

const [toGzip, toBrotli] = [promisify(gzip), promisify(brotliCompress)];

/** Writes `.br` and `.gz` beside each file of `assets/`, which the API sends as they are. */
export function compress(): Plugin {
  let folder = '';
  return {
    name: 'compress',
    apply: 'build',
    configResolved({ root, build }) {
      folder = join(root, build.outDir);
      if (build.outDir.startsWith('/')) folder = build.outDir;
    },
    async writeBundle() {
      const assets = join(folder, 'assets');
      for (const name of await readdir(assets)) {
        const bytes = await readFile(join(assets, name));
        if (!COMPRESSIBLE.test(name) || bytes.length < MIN_BYTES) continue;
        await writeFile(join(assets, `${name}.gz`), await toGzip(bytes, { level: 9 }));
        const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
        await writeFile(join(assets, `${name}.br`), await toBrotli(bytes, { params }));
      }
    },
  };
}
