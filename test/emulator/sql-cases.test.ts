import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Client, startClient } from './client.ts';

/** One statement and what Databricks answers: rows, maybe columns, or the condition of its error. */
interface Case {
  id: string;
  setup?: string[];
  sql: string;
  rows?: (string | null)[][];
  /** `name TYPE` of each column. */
  columns?: string[];
  error?: string;
  sqlState?: string;
  /** The emulator is known to refuse it. */
  refused?: boolean;
}

const FOLDER = join(import.meta.dirname, 'cases');
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));
const counts = { right: 0, refused: 0, wrong: 0 };
let workspace: Client;
beforeAll(async () => {
  workspace = await startClient({ now: () => Date.parse('2026-01-02T03:04:05.000Z') });
  await workspace.sql('CREATE SCHEMA main.cases');
});
afterAll(async () => {
  await workspace.close();
  process.stdout.write(`SQL cases: ${counts.right} right, ${counts.refused} refused, ${counts.wrong} wrong\n`);
});

/** Verdict on one case: what is neither the answer nor a refusal is wrong. */
async function judge(given: Case): Promise<'right' | 'refused' | { wrong: unknown }> {
  const within = { catalog: 'main', schema: 'cases' };
  for (const statement of given.setup ?? []) {
    const done = await workspace.sql(statement, within);
    if (done.status.state !== 'SUCCEEDED') return isRefusal(done) ? 'refused' : { wrong: done.status };
  }
  const done = await workspace.sql(given.sql, within);
  if (done.status.state !== 'SUCCEEDED') {
    if (isRefusal(done)) return 'refused';
    const condition = /^\[([^\]]+)\]/.exec(done.status.error.message)?.[1] ?? '';
    const same = given.error !== undefined && condition.split('.')[0] === given.error;
    const state = given.sqlState === undefined || given.sqlState === done.status.sql_state;
    return same && state ? 'right' : { wrong: done.status };
  }
  const columns = done.manifest.schema.columns?.map(
    (column: { name: string; type_text: string }) => `${column.name} ${column.type_text}`,
  );
  const rows = done.result?.data_array ?? [];
  const sameRows = given.rows === undefined || JSON.stringify(rows) === JSON.stringify(given.rows);
  const sameColumns = given.columns === undefined || JSON.stringify(columns) === JSON.stringify(given.columns);
  return given.error === undefined && sameRows && sameColumns ? 'right' : { wrong: { rows, columns } };
}

function isRefusal(done: { status: { error?: { message: string } } }): boolean {
  return done.status.error?.message.startsWith('[UNSUPPORTED_FEATURE.EMULATOR]') ?? false;
}

for (const file of files) {
  const cases = JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Case[];
  it.each(cases.map((given) => [given.id, given.sql, given] as const))(`${file} %s: %s`, async (_id, _sql, given) => {
    const verdict = await judge(given);
    counts[typeof verdict === 'string' ? verdict : 'wrong'] += 1;
    expect(verdict).toBe(given.refused ? 'refused' : 'right');
  });
}
