import { type Client, type Json, path } from '../client.ts';
import { WAIT_HEADER } from '../follow.ts';
import { ApiProblem, CliError } from '../problem.ts';
import type { Settings } from './settings.ts';

export const DEMO_ACCOUNT = 'demo';
export const DEMO_WORKFLOW = 'new-flights';
/** A table that can be written to; the catalog `samples` cannot. */
export const DEMO_TABLE = 'main.default.flights';
export const SAMPLE_TABLE = 'samples.flights.flights';
export const DEMO_FILE = 'flights.ndjson';
export const EVERY_SECONDS = 30;

/** Enough rows for several pages, few enough to look at. */
export const FIRST_ROWS = 1000;
const PAGE_ROWS = 250;

/** The emulator as the demo uses it. */
export interface DemoWorkspace {
  url: string;
  credentials: Settings['emulator'];
}

/**
 * Makes the linked account `demo` on the emulator and an example sync, through the API as any client would. An account that is
 * there is kept; its authentication is recreated where the address or the service principal of the emulator changed. A sync
 * that a person changed or deleted is left alone.
 */
export async function makeDemo(client: Client, workspace: DemoWorkspace): Promise<void> {
  const { clientId, clientSecret } = workspace.credentials;
  const authentication = {
    name: 'service principal',
    kind: 'oauth_m2m',
    host: workspace.url,
    client_id: clientId,
    client_secret: clientSecret,
  };
  if (await exists(client, path`/v1/linked_accounts/${DEMO_ACCOUNT}`)) {
    await mendAuthentication(client, authentication);
    return;
  }
  const warehouseId = await findWarehouse(workspace);
  await client.call('POST', '/v1/linked_accounts', {
    body: { name: DEMO_ACCOUNT, connector: 'databricks', default_warehouse_id: warehouseId, authentication },
  });
  await makeTable(client);
  if (!(await exists(client, path`/v1/workflows/${DEMO_WORKFLOW}`))) {
    await client.call('POST', '/v1/workflows', { body: exampleSync(warehouseId) });
  }
}

/** The first flights of the sample, in a table of the emulator that the sync watches. */
async function makeTable(client: Client): Promise<void> {
  const statement = `CREATE TABLE IF NOT EXISTS ${DEMO_TABLE} AS SELECT * FROM ${SAMPLE_TABLE} WHERE flight_id <= ${FIRST_ROWS}`;
  const run = await client.call('POST', '/v1/runs', {
    headers: WAIT_HEADER,
    body: { action: 'databricks.execute_statement', linked_account: DEMO_ACCOUNT, input: { statement } },
  });
  if (run.status !== 'succeeded')
    throw new CliError(`the table ${DEMO_TABLE} could not be created: ${run.error?.message ?? run.status}`);
}

/** Rows of a table, page by page, appended to a file of the data folder. */
function exampleSync(warehouseId: string): Json {
  return {
    name: DEMO_WORKFLOW,
    trigger: {
      id: 'databricks.incremental_sync',
      linked_account: DEMO_ACCOUNT,
      input: {
        warehouse_id: warehouseId,
        table: DEMO_TABLE,
        cursor_column: 'flight_id',
        cursor_type: 'BIGINT',
        key_column: 'flight_id',
        key_type: 'BIGINT',
        every_seconds: EVERY_SECONDS,
        page_size: PAGE_ROWS,
      },
    },
    steps: [{ id: 'file', action: 'core.file', input: { path: DEMO_FILE, rows: '{{ trigger.events }}' } }],
    enabled: true,
  };
}

async function mendAuthentication(
  client: Client,
  wanted: { name: string; host: string; client_id: string },
): Promise<void> {
  const where = path`/v1/linked_accounts/${DEMO_ACCOUNT}/authentications`;
  const { items } = (await client.call('GET', where)) as { items: Json[] };
  const present = items.find(({ name }) => name === wanted.name);
  if (present?.host === wanted.host && present.client_id === wanted.client_id) return;
  if (present !== undefined) await client.call('DELETE', where + path`/${present.id}`);
  await client.call('POST', where, { body: wanted });
}

async function findWarehouse({ url, credentials }: DemoWorkspace): Promise<string> {
  const answer = await fetch(`${url}/api/2.0/sql/warehouses`, {
    headers: { authorization: `Bearer ${credentials.token}` },
  });
  const { warehouses } = (await answer.json()) as { warehouses?: { id: string }[] };
  if (warehouses?.[0] === undefined)
    throw new CliError(
      'the emulator has no SQL warehouse',
      'Remove the folder "emulator" in the data folder to start over.',
    );
  return warehouses[0].id;
}

async function exists(client: Client, where: string): Promise<boolean> {
  try {
    await client.call('GET', where);
    return true;
  } catch (error) {
    if (error instanceof ApiProblem && error.problem.status === 404) return false;
    throw error;
  }
}
