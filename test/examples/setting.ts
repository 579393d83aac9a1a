import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import type { EmulatorOptions } from '../../emulator/server.ts';
import { engineActor } from '../../engine/access/audit.ts';
import { createLinkedAccount } from '../../engine/credentials/accounts/accounts.ts';
import { readCursor } from '../../engine/cursors/cursors.ts';
import { isEnded, type Run } from '../../engine/runs/run.ts';
import { listRuns } from '../../engine/runs/run-list.ts';
import { openCli, type TestCli } from '../cli/cli.ts';
import { until } from '../context.ts';
import { readBody, startHttpServer } from '../servers.ts';

const FOLDER = new URL('../../examples/', import.meta.url);
/** Where the examples post to; the one thing in them that a test changes. */
const ENDPOINT = 'http://127.0.0.1:4000';
/** As in the examples and in `webhook-endpoint.mjs`. */
const SECRET = 'whsec_ZXhhbXBsZSBzZWNyZXQgb2YgMzIgYnl0ZXMsIG9ubHk=';

/** A delivery whose signature was right. */
export interface Delivery {
  path: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects
  body: any;
  /** State of the warehouse when it came. */
  warehouse: string;
}

/** What the examples are run with: the command line, as a user has it, a workspace, and an endpoint that checks signatures. */
export interface Examples extends TestCli {
  deliveries: Delivery[];
  /** What the endpoint answers from now on. */
  answer(status: number): void;
  /**
   * `penstock workflows create examples/FILE`, with the endpoint of the test, and with what `change` makes of its text.
   * @returns the id of the workflow
   */
  create(file: string, change?: (text: string) => string): Promise<string>;
  /** Links an account of another service under the name that the example has. */
  link(account: Record<string, unknown>): Promise<void>;
  sql(statement: string): Promise<Record<string, unknown>[]>;
  warehouseState(): Promise<string>;
  /** Asks a polling trigger to look, until as many of its runs have ended. @returns them, oldest first */
  ran(workflow: string, runs: number): Promise<Run[]>;
  /** Waits until a polling trigger has looked once, so that what comes now is new. */
  looked(workflow: string): Promise<void>;
}

export async function openExamples({
  samples = 'none',
  env = {},
}: Pick<EmulatorOptions, 'samples'> & { env?: Record<string, string> } = {}): Promise<Examples> {
  const cli = await openCli({ emulator: { samples }, context: { env } });
  const { ctx, emulator } = cli;
  const deliveries: Delivery[] = [];
  let status = 204;
  const warehouseState = async () => {
    const answer = await fetch(`${emulator.url}/api/2.0/sql/warehouses/${emulator.warehouseId}`, {
      headers: { authorization: `Bearer ${emulator.token}` },
    });
    return ((await answer.json()) as { state: string }).state;
  };
  const endpoint = await startHttpServer(async (request, response) => {
    const body = new Webhook(SECRET).verify(await readBody(request), request.headers as Record<string, string>);
    deliveries.push({ path: request.url!, body, warehouse: await warehouseState() });
    response.writeHead(status).end();
  });
  return {
    ...cli,
    deliveries,
    warehouseState,
    answer: (wanted) => {
      status = wanted;
    },
    async create(file, change = (text) => text) {
      const text = await readFile(new URL(file, FOLDER), 'utf8');
      const copy = join(ctx.config.dataFolder, file);
      await writeFile(copy, change(text.replaceAll(ENDPOINT, endpoint.origin)));
      const made = await cli.penstock(['workflows', 'create', copy, '--json']);
      if (made.code !== 0) throw new Error(made.err);
      return (JSON.parse(made.out) as { id: string }).id;
    },
    async link(account) {
      await createLinkedAccount(ctx, engineActor('default'), account);
    },
    async sql(statement) {
      const run = await cli.run('databricks.execute_statement', { statement });
      if (run.status !== 'succeeded') throw new Error(`${statement}: ${run.error?.message}`);
      return (run.output as { rows: Record<string, unknown>[] }).rows;
    },
    async ran(workflow, count) {
      await cli.penstock(['workflows', 'run', workflow]);
      return until(`${count} runs of the example have ended`, async () => {
        const { items: runs } = await listRuns(ctx, 'default', { filter: { workflow }, limit: 50 });
        const ended = runs.filter(({ kind, status }) => kind === 'workflow' && isEnded(status));
        return ended.length >= count && ended.reverse();
      });
    },
    looked: (workflow) =>
      until('the trigger has looked', async () => {
        const { position, inFlight, lastError } = await readCursor(ctx, workflow);
        if (lastError !== null) throw new Error(lastError);
        return position !== null && inFlight === null;
      }).then(() => undefined),
  };
}
