import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { titleOf } from './titles.ts';

interface Row {
  service: string;
  class: string;
  sdkMethod: string;
  method: string;
  path: string | null;
  scope: 'workspace' | 'account';
}

/** One REST operation of a workspace, for completing the path of HTTP Request. */
export interface Operation {
  method: string;
  path: string;
  title: string;
}

/** Every operation of a workspace, each method and path once, ordered by path. */
export async function readOperations(folder: string): Promise<Operation[]> {
  const rows: Row[] = JSON.parse(await readFile(join(folder, 'all-operations.json'), 'utf8'));
  const operations = new Map<string, Operation>();
  for (const row of rows) {
    // Account operations need another host; a path that is known only at run time cannot be completed.
    if (row.scope !== 'workspace' || row.path === null) continue;
    const title = `${titleOf(row.class.replace(/API$/, ''))}: ${titleOf(row.sdkMethod).toLowerCase()}`;
    operations.set(`${row.path} ${row.method}`, { method: row.method, path: row.path, title });
  }
  return [...operations.keys()].sort().map((key) => operations.get(key)!);
}
