import { type Client, type Json, path } from '../client.ts';
import { ApiProblem, CliError } from '../problem.ts';
import type { Settings } from './settings.ts';

export const DEMO_ACCOUNT = 'demo';
export const DEMO_WORKFLOW = 'new-flights';
export const DEMO_TABLE = 'samples.flights.flights';
export const DEMO_FILE = 'new-flights.ndjson';

/** The table has 3,000,000 flights, numbered from 1: the first tick of the example delivers the last thousand, in four pages. */
const START_AFTER = 2_999_000;
const PAGE_ROWS = 250;
const EVERY_SECONDS = 30;

/** The emulator as the demo uses it. */
export interface DemoWorkspace {
  url: string;
  credentials: Settings['emulator'];
}

/**
 * Makes the linked account `demo` on the emulator and an example sync, through the API as any client would. An account that is
 * there is kept; its authentication is made anew where the address or the service principal of the emulator changed. A sync
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
  if (!(await exists(client, path`/v1/workflows/${DEMO_WORKFLOW}`))) {
    await client.call('POST', '/v1/workflows', { body: exampleSync(warehouseId) });
  }
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
        start_from: String(START_AFTER),
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
      'Remove its folder "emulator" in the data folder to begin anew.',
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
