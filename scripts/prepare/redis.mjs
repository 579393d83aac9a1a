import { accessSync, constants } from 'node:fs';
import { userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { run, Unprepared } from './process.mjs';

/**
 * Package managers in the order they are looked for, and the commands that bring `redis-server`; the first command line
 * that succeeds is enough. Fedora 41 and later carry Valkey instead, with a package that adds the Redis names.
 */
const MANAGERS = [
  {
    name: 'apt-get',
    needsRoot: true,
    before: ['update', '-q'],
    install: [['install', '-y', '-q', '--no-install-recommends', 'redis-server']],
  },
  {
    name: 'dnf',
    needsRoot: true,
    install: [
      ['install', '-y', 'redis'],
      ['install', '-y', 'valkey-compat-redis'],
    ],
  },
  { name: 'yum', needsRoot: true, install: [['install', '-y', 'redis']] },
  { name: 'apk', needsRoot: true, install: [['add', '--no-cache', 'redis']] },
  { name: 'pacman', needsRoot: true, install: [['-Sy', '--noconfirm', 'redis']] },
  { name: 'zypper', needsRoot: true, install: [['--non-interactive', 'install', 'redis']] },
  { name: 'brew', needsRoot: false, install: [['install', 'redis']] },
];

/** Long enough to read it. */
const TIME_TO_STOP_MS = 5000;

/** The path of a program, or undefined. */
export function findOnPath(name) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/**
 * Installs `redis-server` with the system's package manager, as root or with `sudo` that asks for no password.
 * @throws Unprepared with what to install manually
 */
export async function installRedis(purpose) {
  const manager = MANAGERS.find(({ name }) => findOnPath(name) !== undefined);
  if (manager === undefined) throw new Unprepared(advice(purpose, 'and no package manager that is known here'));
  const prefix = manager.needsRoot ? await asRoot() : [];
  if (prefix === undefined)
    throw new Unprepared(advice(purpose, `and ${manager.name} needs root or a password`, manager));

  await announce(manager, prefix);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const call = (args) => {
    const [command, ...rest] = [...prefix, manager.name, ...args];
    return run(command, rest, env);
  };
  // A failed update is not the end: the lists at hand may do.
  if (manager.before) await call(manager.before);
  for (const args of manager.install) {
    if ((await call(args)) === 0 && findOnPath('redis-server') !== undefined) return;
  }
  throw new Unprepared(advice(purpose, `and ${manager.name} could not install it (its own message is above)`, manager));
}

/** Says what is about to change on this machine, and as whom; on a terminal there is time to stop it. */
async function announce(manager, prefix) {
  const commands = [...(manager.before ? [manager.before] : []), manager.install[0]];
  console.log(`redis-server is not on the PATH. About to run, as ${manager.needsRoot ? 'root' : userInfo().username}:`);
  for (const args of commands) console.log(`  ${[...prefix, manager.name, ...args].join(' ')}`);
  if (!process.stdin.isTTY || !process.stdout.isTTY) return;
  console.log(`Ctrl-C within ${TIME_TO_STOP_MS / 1000} seconds stops it.`);
  await new Promise((resolve) => setTimeout(resolve, TIME_TO_STOP_MS));
}

/** What to put before a command so that root runs it; undefined where that cannot be had. */
export async function asRoot() {
  if (process.getuid?.() === 0) return [];
  if (findOnPath('sudo') === undefined) return undefined;
  return (await run('sudo', ['-n', 'true'])) === 0 ? ['sudo', '-n'] : undefined;
}

function advice(purpose, why, manager) {
  const sudo = manager?.needsRoot ? 'sudo ' : '';
  const how = manager
    ? `  ${sudo}${manager.name} ${manager.install[0].join(' ')}`
    : '  https://redis.io/docs/latest/operate/oss_and_stack/install/';
  const other =
    purpose === 'start' ? '\nor set REDIS_URL to a Redis that runs: REDIS_URL=redis://127.0.0.1:6379 npm start' : '';
  return `Penstock needs redis-server (Redis 6.2 or later). It is not on the PATH, ${why}. Install it:\n\n${how}\n${other}`.trimEnd();
}
