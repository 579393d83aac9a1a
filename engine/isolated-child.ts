/**
 * The process in which runs execute alone, one at a time; forked by engine/isolation/isolated-process.ts. It is told what to do over
 * IPC and leaves when its worker closes the channel or dies, after it has parked what it executes. Signals of the terminal
 * or the service manager reach the whole group: the worker decides what they mean.
 */
import { loadManifests } from '../connector/load-manifests.ts';
import { readProxies } from '../connector/proxies.ts';
import { MANIFESTS, SERVICES } from '../services/registry.ts';
import { cancelStepsOfCrashed } from './isolation/crash.ts';
import { endAttempt } from './isolation/deaths.ts';
import { ALIVE_MS, type FromProcess, type IsolatedTask, type Sent, type ToProcess } from './isolation/messages.ts';
import { closeContext, openContext } from './open.ts';
import { tick } from './polling/ticks.ts';
import { activate } from './runs/activate.ts';
import type { Activation, Stopper, StopReason } from './runs/activation.ts';
import type { Meters } from './store/meters.ts';
import { whileRedisRefuses } from './store/redis-refuses.ts';

/** Nobody scrapes this process: its worker counts for it, at once, since a crash would lose what is kept. */
const METERS: Meters = Object.freeze({
  count: (...counted: Parameters<Meters['count']>) => send({ type: 'count', counted }),
  observe: (...observed: Parameters<Meters['observe']>) => send({ type: 'observe', observed }),
  gauge() {},
  own: () => ({ counters: new Map(), histograms: new Map(), gauges: new Map() }),
  flush: async () => {},
  close: async () => {},
});

const opened = Promise.withResolvers<Awaited<ReturnType<typeof openContext>>>();
let controller = new AbortController();
let isClosing = false;
let executing: Promise<void> | undefined;
let subject: string | undefined;

process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
process.on('message', (message: ToProcess) => {
  if (message.type === 'open') void open(message.config);
  else if (message.type === 'stop') stop(message.reason);
  else executing = execute(message.task);
});
process.on('disconnect', () => void leave());

async function open(config: Sent): Promise<void> {
  try {
    // Its worker has checked them.
    const manifests = await loadManifests(MANIFESTS, {
      services: SERVICES,
      own: config.connectorFolders,
      checks: 'none',
    });
    const own = { manifests, meters: METERS };
    opened.resolve(await openContext({ ...config, proxies: readProxies(process.env) }, 'worker', own));
  } catch (error) {
    process.stderr.write(`an isolated process could not start: ${String(error)}\n`);
    process.exit(1);
  }
  setInterval(() => send({ type: 'alive' }), ALIVE_MS).unref();
  send({ type: 'ready' });
}

async function execute(task: IsolatedTask): Promise<void> {
  controller = new AbortController();
  subject = task.subject;
  try {
    const ctx = await opened.promise;
    const work = () => perform(ctx, task);
    send({ type: 'done', activation: await whileRedisRefuses(ctx, work, () => isClosing) });
  } catch (error) {
    const ctx = await opened.promise;
    ctx.log.error({ task, err: error }, 'an isolated job failed outside its run');
    send({ type: 'failed', error: String(error) });
  }
}

async function perform(ctx: Awaited<typeof opened.promise>, task: IsolatedTask): Promise<Activation> {
  if (task.kind === 'tick') {
    const later = await tick(ctx, task.id, task.jobId);
    return later === undefined ? { kind: 'ended' } : { kind: 'wait', ms: later.ms };
  }
  await cancelStepsOfCrashed(ctx, task.id);
  const stopper: Stopper = {
    signal: controller.signal,
    renew() {
      controller = new AbortController();
      return controller.signal;
    },
  };
  return activate(ctx, task.id, stopper);
}

function stop(reason: StopReason): void {
  isClosing ||= reason === 'shutdown';
  controller.abort(reason);
}

async function leave(): Promise<void> {
  stop('shutdown');
  const ctx = await opened.promise;
  await executing;
  // The worker may have been killed: that is no death of what was parked here.
  if (subject !== undefined) await endAttempt(ctx, subject);
  await closeContext(ctx);
  process.exit(0);
}

function send(message: FromProcess): void {
  if (process.connected) process.send!(message);
}
