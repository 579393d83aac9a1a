import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { until } from './context.ts';
import { freePort } from './global-setup.ts';

const run = promisify(execFile);

/** A redis-server of one test, ended with its data when the test ends. */
export interface RedisServer {
  port: number;
  url: string;
  process: ChildProcess;
  kill(): Promise<void>;
  /** Starts it again on its port with its data. */
  restart(): Promise<void>;
}

/** Starts a redis-server with an append-only file. */
export async function startRedis(more: string[] = []): Promise<RedisServer> {
  const folder = await temporaryFolder();
  const port = await freePort();
  const args = ['--port', port, '--dir', folder, '--appendonly', 'yes', '--save', '', ...more].map(String);
  const server: RedisServer = {
    port,
    url: `redis://127.0.0.1:${port}`,
    process: await startServer('redis-server', args, port),
    kill: () => end(server.process),
    async restart() {
      server.process = await startServer('redis-server', args, port);
    },
  };
  onTestFinished(() => end(server.process));
  return server;
}

/** A master with one replica, watched by one Sentinel that promotes the replica within about two seconds. */
export async function startSentinelGroup(): Promise<{ url: string; master: RedisServer; replica: RedisServer }> {
  const master = await startRedis();
  const replica = await startRedis(['--replicaof', '127.0.0.1', String(master.port)]);
  const folder = await temporaryFolder();
  const port = await freePort();
  const config = join(folder, 'sentinel.conf');
  await writeFile(
    config,
    `port ${port}
dir ${folder}
sentinel monitor main 127.0.0.1 ${master.port} 1
sentinel down-after-milliseconds main 700
sentinel failover-timeout main 3000
`,
  );
  // Distributions that pack redis-sentinel apart have the same program under its other name.
  const process = await startServer('redis-server', [config, '--sentinel'], port);
  onTestFinished(() => end(process));
  await until('the replica is in step and known to the Sentinel', async () => {
    const { stdout: state } = await cli(replica.port, 'info', 'replication');
    const { stdout: known } = await cli(port, 'sentinel', 'replicas', 'main');
    return state.includes('master_link_status:up') && known.includes(String(replica.port));
  });
  return { url: `redis+sentinel://127.0.0.1:${port}/main`, master, replica };
}

/** A Cluster of three masters. */
export async function startCluster(): Promise<{ url: string; nodes: RedisServer[] }> {
  const nodes = await Promise.all(
    Array.from({ length: 3 }, () => startRedis(['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000'])),
  );
  const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`);
  await run('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-yes']);
  await until('every slot is served', async () => {
    const states = await Promise.all(nodes.map(({ port }) => cli(port, 'cluster', 'info')));
    return states.every(({ stdout }) => stdout.includes('cluster_state:ok'));
  });
  return { url: `redis+cluster://${addresses.join(',')}`, nodes };
}

function cli(port: number, ...args: string[]): Promise<{ stdout: string }> {
  return run('redis-cli', ['-p', String(port), ...args]);
}

async function startServer(command: string, args: string[], port: number): Promise<ChildProcess> {
  const process = spawn(command, args, { stdio: 'ignore' });
  await until(`${command} answers on ${port}`, () => answers(port));
  return process;
}

async function end(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return;
  const ended = once(process, 'exit');
  process.kill('SIGKILL');
  await ended;
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'penstock-test-redis-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
