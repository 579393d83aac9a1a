import { run, Unprepared } from './process.mjs';
import { asRoot, findOnPath } from './redis.mjs';

/** Package managers in the order they are looked for, and the commands that bring Chromium. */
const MANAGERS = [
  {
    name: 'apt-get',
    before: ['update', '-q'],
    install: ['install', '-y', '-q', '--no-install-recommends', 'chromium'],
  },
  { name: 'dnf', install: ['install', '-y', 'chromium'] },
  { name: 'apk', install: ['add', '--no-cache', 'chromium'] },
  { name: 'pacman', install: ['-Sy', '--noconfirm', 'chromium'] },
  { name: 'zypper', install: ['--non-interactive', 'install', 'chromium'] },
];

/** The Chromium of `CHROMIUM`, else of the PATH; undefined where there is none. */
export function findBrowser() {
  return (
    process.env.CHROMIUM || findOnPath('chromium') || findOnPath('chromium-browser') || findOnPath('google-chrome')
  );
}

/** Installs Chromium with the system's package manager. @throws Unprepared with what to do instead */
export async function installBrowser() {
  const manager = MANAGERS.find(({ name }) => findOnPath(name) !== undefined);
  const prefix = manager === undefined ? undefined : await asRoot();
  if (prefix !== undefined) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    for (const args of [manager.before, manager.install]) {
      if (args === undefined) continue;
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
