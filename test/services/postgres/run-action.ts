import { actionOf, callOf, openBench, runToEnd } from '../../actions/harness.ts';
import type { TestDatabase } from './server.ts';

/** Runs an action of PostgreSQL to its end, without the engine. */
export async function runAction(
  { access }: TestDatabase,
  name: string,
  input: object,
  more: Parameters<typeof callOf>[2] = {},
) {
  const action = await actionOf(`postgres.${name}`);
  const bench = openBench({ url: 'http://127.0.0.1:9', login: access });
  const { output } = await runToEnd(action, callOf(action, input, more), bench);
  return { output: output as Record<string, unknown>, bench };
}

/** The rows of a query. */
export async function rowsOf(database: TestDatabase, statement: string, parameters: unknown[] = []) {
  const { output } = await runAction(database, 'query', { statement, parameters });
  return output.rows as Record<string, unknown>[];
}
