/**
 * A process that deletes a tenant and kills itself with SIGKILL before its n-th command of that: env PREFIX, TENANT, KILL_AT and what
 * `readConfig` reads. One that lives to its end says how many commands it sent.
 */
import { loadManifests } from '../../../connector/load-manifests.ts';
import { engineActor } from '../../../engine/access/audit.ts';
import { closeContext, openContext } from '../../../engine/open.ts';
import { deleteTenant } from '../../../engine/operations/delete-tenant.ts';
import { readConfig } from '../../../engine/process/config.ts';
import { MANIFESTS, SERVICES } from '../../../services/registry.ts';

const { PREFIX: prefix, TENANT: tenant, KILL_AT: killAt } = process.env;
// The process of the tests has checked them.
const manifests = await loadManifests(MANIFESTS, { services: SERVICES, checks: 'none' });
const ctx = await openContext({ ...readConfig(process.env), prefix: prefix! }, 'worker', { manifests });
let sent = 0;
const sendCommand = ctx.redis.sendCommand.bind(ctx.redis);
ctx.redis.sendCommand = (...args: Parameters<typeof sendCommand>) => {
  sent += 1;
  if (String(sent) === killAt) process.kill(process.pid, 'SIGKILL');
  return sendCommand(...args);
};
await deleteTenant(ctx, engineActor('default'), tenant!);
process.stdout.write(String(sent));
await closeContext(ctx);
