/**
 * A worker process for tests: opens a context on the run's Redis and resolves an authentication as often as it is told.
 * Told by messages, answers by messages; ends when its channel closes.
 */
import { readFile } from 'node:fs/promises';
import type { ConnectorManifest, Manifests } from '../../../../connector/manifest.ts';
import { openConnector } from '../../../../connector/open-connector.ts';
import type { Context } from '../../../../engine/context.ts';
import { openTokenCache, type RefreshTimings } from '../../../../engine/credentials/records/token-cache.ts';
import { resolveAuthentication } from '../../../../engine/credentials/tokens/tokens.ts';
import { openContext } from '../../../../engine/open.ts';
import { readConfig } from '../../../../engine/process/config.ts';
import { createLogger } from '../../../../engine/process/log.ts';
import { databricks } from '../../../../services/databricks/service.ts';
import { MANIFESTS } from '../../../../services/registry.ts';

/** What a test tells this process. */
export interface ResolveOrder {
  /** Which test's keys. */
  prefix: string;
  allowedHosts: string;
  tenant: string;
  account: string;
  times: number;
}

/** What this process answers. */
export interface ResolveAnswer {
  ready?: true;
  /** The different headers it was given, by how often. */
  tokens?: Record<string, number>;
  failures?: string[];
}

// Authentications need the connector alone; loading every manifest in eight processes would be most of the test.
const manifest = JSON.parse(
  await readFile(new URL('databricks/connector.json', MANIFESTS), 'utf8'),
) as ConnectorManifest;
const connector = openConnector(manifest, { service: databricks });
const manifests: Manifests = {
  connectors: new Map([[connector.id, connector]]),
  actions: new Map(),
  triggers: new Map(),
};
const timings = JSON.parse(process.env.TEST_TIMINGS!) as RefreshTimings;
const contexts = new Map<string, Promise<Context>>();

process.on('message', (order: ResolveOrder) => void resolve(order));
process.on('disconnect', () => process.exit(0));
process.send!({ ready: true } satisfies ResolveAnswer);

async function open({ prefix, allowedHosts }: ResolveOrder): Promise<Context> {
  const config = { ...readConfig({ ...process.env, PENSTOCK_ALLOWED_HOSTS: allowedHosts }), prefix };
  const ctx = await openContext(config, 'worker', { manifests, log: createLogger('silent') });
  return { ...ctx, tokens: openTokenCache(ctx, timings) };
}

async function resolve(order: ResolveOrder): Promise<void> {
  const opening = contexts.get(order.prefix) ?? open(order);
  contexts.set(order.prefix, opening);
  const worker = await opening;
  const results = await Promise.allSettled(
    Array.from({ length: order.times }, () => resolveAuthentication(worker, order.tenant, order.account)),
  );
  const tokens: Record<string, number> = {};
  const failures: string[] = [];
  for (const result of results) {
    if (result.status === 'rejected') failures.push(String((result.reason as Error).message));
    else tokens[result.value.token!] = (tokens[result.value.token!] ?? 0) + 1;
  }
  process.send!({ tokens, failures } satisfies ResolveAnswer);
}
