import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const SHELL = 'chromium-headless-shell';
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', SHELL];

/** The Chromium of `CHROMIUM`, else of the PATH, as people have it where there is one; undefined where there is none. */
export function findChromium(): string | undefined {
  return process.env.CHROMIUM || find(NAMES);
}

/** For tests: the same, but rather the one that has pages and nothing else of a browser, which takes a quarter less of the processor. */
export function findTestChromium(): string | undefined {
  return process.env.CHROMIUM || find([SHELL, ...NAMES]);
}

function find(names: string[]): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false; // Not in this folder.
  }
}
