import { readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';

const ENTRY = new URL('./thread.ts', import.meta.url);
const OWN_IMPORT = /^(?:import|export)\s(?!type\b)[^']*?'(\.[^']+)'/gm;

/** What a thread is started with: its first module, and the JavaScript of every module by its URL. */
export interface ThreadModules {
  entry: string;
  sources: Record<string, string>;
}

/** Reads the modules of a thread, without their types. */
export async function readThreadModules(): Promise<ThreadModules> {
  const sources: Record<string, string> = {};
  const files = new Set([ENTRY.href]);
  for (const file of files) {
    const text = await readFile(new URL(file), 'utf8');
    sources[file] = stripTypes(text);
    for (const [, path] of text.matchAll(OWN_IMPORT)) files.add(new URL(path!, file).href);
  }
  return { entry: ENTRY.href, sources };
}

/** Node runs our TypeScript in the same way without a word, and warns only where it is asked for it by name. */
function stripTypes(text: string): string {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return stripTypeScriptTypes(text);
  } finally {
    process.emitWarning = emitWarning;
  }
}
