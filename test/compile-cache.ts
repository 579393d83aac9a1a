import { fileURLToPath } from 'node:url';

/** Environment of a Node process that a test starts: compiled code is kept, as `npm start` keeps it, which halves its start. */
export const COMPILE_CACHE = {
  NODE_COMPILE_CACHE: fileURLToPath(new URL('../node_modules/.cache/node', import.meta.url)),
};
