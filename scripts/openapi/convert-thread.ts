import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parentPort } from 'node:worker_threads';
import { readMetaSchemas } from '../../connector/meta-schemas.ts';
import { convertWhole } from './convert-whole.ts';

/** A thread that converts the descriptions whose paths it gets, one after the other, and answers with the outcome of each. */
const schemas = await readMetaSchemas(fileURLToPath(new URL('../../manifests/schema', import.meta.url)));
parentPort!.on('message', (path: string) => {
  parentPort!.postMessage(convertWhole(readFileSync(path, 'utf8'), schemas));
});
