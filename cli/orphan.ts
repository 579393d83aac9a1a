/** A shell between npm and this process dies of a signal without passing it on; this is noticed so soon. */
const LOOK_MS = 1000;

/**
 * Calls `stop` once when the process that started this one is gone. `npx penstock worker` is three processes: npm, a shell and this one;
 * a signal to npm ends the first two only. Watches only under npm or Penstock's own launcher: elsewhere, as with `nohup` or a
 * daemon, a parent may leave on purpose. Keeps no process alive.
 */
export function watchParent(env: NodeJS.ProcessEnv, stop: () => void): void {
  const parent = process.ppid;
  const isLaunched = env.npm_command !== undefined || env.PENSTOCK_LAUNCHER !== undefined;
  if (!isLaunched || parent === 1) return;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    stop();
  }, LOOK_MS);
  timer.unref();
}
