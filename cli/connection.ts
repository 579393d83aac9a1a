import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the API is and the key for it. */
export interface Connection {
  url: string;
  apiKey: string | undefined;
}

/** What `npm start` leaves in the data folder for the CLI of the same checkout. */
export const LOCAL_FILE = 'connection.json';
const DEFAULT_URL = 'http://127.0.0.1:3000';
const PROJECT = fileURLToPath(new URL('..', import.meta.url));

/**
 * The API to speak to: `PENSTOCK_URL` and `PENSTOCK_API_KEY`, else what `npm start` left in the data folder.
 * The key that was left there goes only to the URL that was left there.
 */
export function findConnection(env: Readonly<Record<string, string | undefined>>): Connection {
  const local = readLocal(dataFolderOf(env));
  const url = (env.PENSTOCK_URL || local?.url || DEFAULT_URL).replace(/(?<!\/)\/+$/, '');
  return { url, apiKey: env.PENSTOCK_API_KEY || (local?.url === url ? local.api_key : undefined) };
}

/** The data folder of `npm start`: `PENSTOCK_DATA`, else `.penstock` in the checkout, wherever the command is called. */
export function dataFolderOf(env: Readonly<Record<string, string | undefined>>): string {
  return env.PENSTOCK_DATA ? resolve(env.PENSTOCK_DATA) : join(PROJECT, '.penstock');
}

function readLocal(dataFolder: string): { url: string; api_key: string } | undefined {
  try {
    return JSON.parse(readFileSync(join(dataFolder, LOCAL_FILE), 'utf8'));
  } catch {
    // No `npm start` was here, or it was that of another person.
    return undefined;
  }
}
