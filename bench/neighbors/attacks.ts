import { once } from 'node:events';
import { createServer, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Client } from '../requests.ts';
import { statement } from '../system.ts';

/** What one tenant does while another has its light load. */
export interface Attacker {
  client: Client;
  apiPort: number;
  key: string;
  /** The service that both tenants use. */
  service: string;
  /** An endpoint that answers nobody before the attack is over. */
  slow: string;
  share: number;
}

export interface Attack {
  name: string;
  /** Begins it; what it gives ends it. */
  begin(attacker: Attacker): Promise<() => Promise<void>>;
}

const POSTS_AT_ONCE = 64;
/** Each is one of the slots of a worker while its expression waits for a thread. */
const EVALUATIONS_AT_ONCE = 20;

/** First those that would take the whole process for themselves. */
export const ATTACKS: readonly Attack[] = [
  {
    name: 'backtracking expressions',
    begin: (attacker) => evaluate(attacker, "{{ $match('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', /^(a+)+$/) }}"),
  },
  {
    name: 'expressions that fill the heap',
    begin: (attacker) => evaluate(attacker, '{{ $count($map([1..30], function($i){[1..10000000]})) }}'),
  },
  {
    name: 'steps of thousands of expressions',
    begin: (attacker) =>
      evaluate(
        attacker,
        times(4000, (i) => `{{ $sum([1..${i % 500}]) & $pad('', 500, 'x') }}`),
      ),
  },
  {
    name: 'slow webhooks',
    async begin({ client, slow }) {
      await Promise.all(times(150, () => client.send('POST', '/v1/runs', webhook(slow))));
      return async () => {};
    },
  },
  {
    name: 'a flood of runs',
    begin: (attacker) => flood(attacker, '/v1/runs', async () => statement(await account(attacker))),
  },
  {
    name: 'a flood of workflow runs',
    async begin(attacker) {
      const made = await attacker.client.send('POST', '/v1/workflows', {
        name: 'flood',
        trigger: { id: 'core.manual' },
        steps: [{ id: 'write', action: 'core.file', input: { path: 'flood.ndjson', rows: [{ n: 1 }] } }],
      });
      const { id } = JSON.parse(made.body);
      return flood(attacker, `/v1/workflows/${id}/run`, async () => ({}));
    },
  },
  {
    name: 'strict limits on the same host',
    async begin(attacker) {
      const id = await account(attacker, { per_second: 1, concurrent: 1 });
      await Promise.all(times(100, () => attacker.client.send('POST', '/v1/runs', statement(id))));
      return async () => {};
    },
  },
  {
    name: 'many streams',
    async begin({ client, slow, apiPort, key, share }) {
      const made = await client.send('POST', '/v1/runs', webhook(slow));
      const { id } = JSON.parse(made.body);
      const open = times(Math.max(50, 1000 * share), () => {
        const stream = request({
          port: apiPort,
          path: `/v1/runs/${id}/events`,
          headers: { authorization: `Bearer ${key}` },
        });
        stream.on('error', () => {});
        stream.on('response', (response) => response.resume().on('error', () => {}));
        return stream.end();
      });
      return async () => {
        for (const stream of open) stream.destroy();
      };
    },
  },
];

/** Starts the endpoint of the slow webhooks. */
export async function startSlowReceiver(): Promise<{ url: string; release(): void; close(): void }> {
  const held = new Set<ServerResponse>();
  const server: Server = createServer((_request, response) => {
    held.add(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const release = () => {
    for (const response of held) response.writeHead(204).end();
    held.clear();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    release,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Posts as fast as it is answered, over all sockets; refusals are what it is there to meet. */
async function flood({ client }: Attacker, path: string, make: () => Promise<object>): Promise<() => Promise<void>> {
  const body = await make();
  let isOver = false;
  const loop = async () => {
    while (!isOver) await client.send('POST', path, body);
  };
  const loops = Promise.all(times(POSTS_AT_ONCE, loop));
  return async () => {
    isOver = true;
    await loops;
  };
}

/** Has an expression evaluated again and again: in runs of a workflow, and in tests of a step. */
async function evaluate({ client }: Attacker, value: unknown): Promise<() => Promise<void>> {
  const definition = {
    name: 'evaluate',
    trigger: { id: 'core.manual' },
    steps: [{ id: 'a', action: 'core.transform', input: { value } }],
  };
  const made = await client.send('POST', '/v1/workflows', definition);
  const { id } = JSON.parse(made.body);
  let isOver = false;
  const loop = async (i: number) => {
    while (!isOver) {
      if (i % 2 === 0) await client.send('POST', `/v1/workflows/${id}/run`, {}, { prefer: 'wait=1' });
      else await client.send('POST', `/v1/workflows/${id}/test_step`, { step: 'a' }, { prefer: 'wait=1' });
    }
  };
  const loops = Promise.all(times(EVALUATIONS_AT_ONCE, loop));
  return async () => {
    isOver = true;
    await loops;
  };
}

async function account({ client, service }: Attacker, limits?: object): Promise<string> {
  const made = await client.send('POST', '/v1/linked_accounts', {
    name: `account-${Math.random().toString(36).slice(2)}`,
    connector: 'databricks',
    default_warehouse_id: '4f1c2b3a9d8e7f60',
    ...(limits && { limits }),
    authentication: { name: 'token', kind: 'pat', host: service, token: 'worthless', test: false },
  });
  return JSON.parse(made.body).id;
}

function webhook(url: string): object {
  return { action: 'core.webhook', input: { url, body: {} } };
}

function times<T>(count: number, make: (i: number) => T): T[] {
  return Array.from({ length: Math.round(count) }, (_, i) => make(i));
}
