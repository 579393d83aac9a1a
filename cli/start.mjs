/** What `npm start` runs: cli/start/main.ts, with compiled code kept as cli/penstock.mjs keeps it. */
import module from 'node:module';
import { fileURLToPath } from 'node:url';

module.enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/node', import.meta.url)));
await import('./start/main.ts');
