import { spawn } from 'node:child_process';
import type { Shell } from './shell.ts';

/** The program that opens a URL, by platform; none of them is a shell that would read the URL. */
const OPENERS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  darwin: ['open'],
  linux: ['xdg-open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};

/** Opens a page in the browser of the person at the terminal; without a terminal or a desktop it does nothing. */
export function openBrowser({ stdout, env }: Shell, url: string): void {
  const [command, ...args] = OPENERS[process.platform] ?? [];
  const hasDesktop = process.platform !== 'linux' || Boolean(env.DISPLAY ?? env.WAYLAND_DISPLAY);
  if (command === undefined || !stdout.isTTY || !hasDesktop || !/^https?:\/\//.test(url)) return;
  const child = spawn(command, [...args, url], { stdio: 'ignore', detached: true });
  child.on('error', () => {
    // The URL is in the terminal, too.
  });
  child.unref();
}
