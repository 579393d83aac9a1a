import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** As the image starts it. */
const HEAP = ['--max-semi-space-size=16', '--max-old-space-size=2000'];
const PENSTOCK = join(ROOT, 'cli/penstock.mjs');
const START_LIMIT_MS = 30_000;
const LOOK_MS = 20;
/** Clock ticks per second of /proc/stat and /proc/<pid>/stat on every Linux that Node runs on. */
const TICKS = 100;

/** A process that the benchmark or the chaos run started and will end. */
export interface Started {
  pid: number;
  child: ChildProcess;
  /** Resident bytes now. */
  residentBytes(): number;
  /** Seconds of processor time used so far, by all its threads. */
  cpuSeconds(): number;
  /** What it wrote to standard error, its last 4 KB; the place to look when it died. */
  errors(): string;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** Everything a run starts, ended together, last first. */
export interface Machine {
  folder: string;
  start(command: string, args: string[], env?: Record<string, string>, options?: { stdout?: number }): Started;
  /** `stdout` is a file descriptor; left out, the log is thrown away. */
  penstock(part: 'api' | 'worker' | 'serve', env: Record<string, string>, stdout?: number): Started;
  /** Append-only; `folder` keeps its data over a restart. */
  redis(port: number, keep?: { folder: string; fsync: 'always' | 'everysec' }): Promise<Started>;
  close(): Promise<void>;
}

/** Opens a machine with a temporary folder. Signals to this process close it, too. */
export async function openMachine(): Promise<Machine> {
  const folder = await mkdtemp(join(tmpdir(), 'penstock-bench-'));
  const started: Started[] = [];
  let isClosed = false;
  const close = async () => {
    isClosed = true;
    await Promise.all(started.map((one) => one.stop('SIGKILL')));
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void close().then(() => process.exit(130)));
  }
  const start: Machine['start'] = (command, args, env = {}, options = {}) => {
    if (isClosed) throw new Error('the machine is closed');
    const child = spawn(command, args, {
      cwd: ROOT,
      env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env },
      stdio: ['ignore', options.stdout ?? 'ignore', 'pipe'],
    });
    let errors = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      errors = (errors + chunk.toString()).slice(-4096);
    });
    const one: Started = {
      pid: child.pid ?? 0,
      child,
      residentBytes: () => readResident(one.pid),
      cpuSeconds: () => readCpu(one.pid),
      errors: () => errors,
      async stop(signal = 'SIGTERM') {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const ended = once(child, 'exit');
        child.kill(signal);
        await ended;
      },
    };
    started.push(one);
    return one;
  };
  return {
    folder,
    start,
    penstock: (part, env, stdout) =>
      start(process.execPath, [...HEAP, PENSTOCK, part], env, stdout === undefined ? {} : { stdout }),
    async redis(port, keep) {
      const dir = keep?.folder ?? (await mkdtemp(join(folder, 'redis-')));
      const args = `--port ${port} --dir ${dir} --appendonly yes --appendfsync ${keep?.fsync ?? 'everysec'}`;
      const server = start('redis-server', [...args.split(' '), '--maxmemory-policy', 'noeviction', '--save', '']);
      await answers(port, server);
      return server;
    },
    close,
  };
}

/** Ports that were free a moment ago, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Resolves when the port takes connections. */
export async function answers(port: number, of: Started): Promise<void> {
  for (const end = Date.now() + START_LIMIT_MS; Date.now() < end; await sleep(LOOK_MS)) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = createConnection({ port, host: '127.0.0.1' });
      socket.once('connect', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
    if (isOpen) return;
    if (of.child.exitCode !== null) break;
  }
  throw new Error(`${of.child.spawnargs.slice(0, 3).join(' ')} does not answer on port ${port}: ${of.errors()}`);
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

function readResident(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes ?? 0) * 1024;
}

function readCpu(pid: number): number {
  // Fields 14 and 15, after the name, which may hold spaces.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** Seconds of processor time that the machine's cores have worked so far, for whatever process. */
export function machineSeconds(): number {
  const line = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0]!;
  const [, user = 0, nice = 0, system = 0] = line.split(/\s+/).map(Number);
  return (user + nice + system) / TICKS;
}
