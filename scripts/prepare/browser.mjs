import { run, Unprepared } from './process.mjs';
import { asRoot, findOnPath } from './redis.mjs';

/**
 * Package managers in the order they are looked for, and the commands that bring Chromium; the first one that brings it is enough.
 * Debian has it without windows, too, which takes a quarter less of the processor; Ubuntu has not.
 */
const MANAGERS = [
  {
    name: 'apt-get',
    before: ['update', '-q'],
    install: ['chromium-headless-shell', 'chromium'].map((name) => [
      'install',
      '-y',
      '-q',
      '--no-install-recommends',
      name,
    ]),
  },
  { name: 'dnf', install: [['install', '-y', 'chromium']] },
  { name: 'apk', install: [['add', '--no-cache', 'chromium']] },
  { name: 'pacman', install: [['-Sy', '--noconfirm', 'chromium']] },
  { name: 'zypper', install: [['--non-interactive', 'install', 'chromium']] },
];
const NAMES = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome'];

/** The Chromium of `CHROMIUM`, else of the PATH; undefined where there is none. */
export function findBrowser() {
  return process.env.CHROMIUM || NAMES.map(findOnPath).find((path) => path !== undefined);
}

/** Installs Chromium with the system's package manager. @throws Unprepared with what to do instead */
export async function installBrowser() {
  const manager = MANAGERS.find(({ name }) => findOnPath(name) !== undefined);
  const prefix = manager === undefined ? undefined : await asRoot();
  if (prefix !== undefined) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    for (const args of [manager.before, ...manager.install]) {
      if (args === undefined || findBrowser() !== undefined) continue;
      const [command, ...rest] = [...prefix, manager.name, ...args];
      console.log(`Chromium is not on the PATH. Running: ${[command, ...rest].join(' ')}`);
      await run(command, rest, env);
    }
  }
  if (findBrowser() !== undefined) return;
  throw new Unprepared(
    'PENSTOCK_BROWSER_TESTS=1 asks for the tests in a browser, and there is no Chromium. Install it, or set CHROMIUM to its path.',
  );
}
