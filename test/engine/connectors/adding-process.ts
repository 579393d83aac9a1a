/**
 * A process that adds a connector and kills itself with SIGKILL before its transaction is sent, or when it is answered: env FILES (JSON),
 * KILL (`before` or `after`), TENANT, PREFIX and what `readConfig` reads.
 */
import { loadManifests } from '../../../connector/load-manifests.ts';
import { engineActor } from '../../../engine/access/audit.ts';
import { ensureTenant } from '../../../engine/access/tenants.ts';
import { openContext } from '../../../engine/open.ts';
import { readConfig } from '../../../engine/process/config.ts';
import { createLogger } from '../../../engine/process/log.ts';
import { addConnector } from '../../../engine/workflows/own-connectors.ts';
import { MANIFESTS, SERVICES } from '../../../services/registry.ts';

const { PREFIX: prefix, TENANT: tenant, KILL: when, FILES: files } = process.env;
// The process of the tests has checked them.
const manifests = await loadManifests(MANIFESTS, { services: SERVICES, checks: 'none' });
const config = { ...readConfig(process.env), prefix: prefix! };
const ctx = await openContext(config, 'api', { manifests, log: createLogger('silent') });
await ensureTenant(ctx, tenant!);
const sendCommand = ctx.redis.sendCommand.bind(ctx.redis);
ctx.redis.sendCommand = (...args: Parameters<typeof sendCommand>) => {
  const [{ args: values }] = args;
  if (!values.some((value) => String(value).includes('set:1'))) return sendCommand(...args);
  if (when === 'before') process.kill(process.pid, 'SIGKILL');
  return (sendCommand(...args) as Promise<unknown>).finally(() => process.kill(process.pid, 'SIGKILL'));
};
await addConnector(ctx, engineActor(tenant!), { files: JSON.parse(files!) });
