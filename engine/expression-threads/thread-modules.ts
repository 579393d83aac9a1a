import { readdir, readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';

const ENTRY = new URL('./thread.ts', import.meta.url);
const FOLDER = new URL('../expressions/', import.meta.url);

/** What a thread is started with: its first module, and the JavaScript of every module by its URL. */
export interface ThreadModules {
  entry: string;
  sources: Record<string, string>;
}

/** Reads the modules of a thread, without their types. */
export async function readThreadModules(): Promise<ThreadModules> {
  const files = (await readdir(FOLDER)).filter((name) => name.endsWith('.ts')).map((name) => new URL(name, FOLDER));
  const sources: Record<string, string> = {};
  for (const file of [ENTRY, ...files]) sources[file.href] = stripTypes(await readFile(file, 'utf8'));
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
