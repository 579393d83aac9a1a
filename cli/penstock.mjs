#!/usr/bin/env node
/**
 * `penstock` for whatever Node started it. Penstock itself needs Node 24; an older one hands over to the Node of
 * node_modules, which `npm ci` installs. Plain JavaScript that Node 18 can read.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

const NEEDED_MAJOR = 24;
const NODE = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url));
/** Keeps what the types were stripped from: a third less memory, and a faster start from the second time on. Not in the temporary folder, where others may write. */
const CACHE = fileURLToPath(new URL('../node_modules/.cache/node', import.meta.url));
const LINGER_MS = 300;
/** By then a part has loaded what it needs. Node writes the cache at the end only, which a killed process does not come to. */
const LOADED_MS = 5000;
const SELF = fileURLToPath(import.meta.url);
/** What executes until it is stopped. */
const PARTS = ['serve', 'worker', 'api'];
const part = PARTS.includes(process.argv[2] ?? '') ? process.argv[2] : undefined;

const major = Number(process.versions.node.split('.')[0]);

/** What a shell reports of a program that a closed pipe ended (128 + SIGPIPE), which Node ignores. */
const BROKEN_PIPE = 141;

if (major >= NEEDED_MAJOR) {
  module.enableCompileCache?.(CACHE);
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error) => {
      if (error.code !== 'EPIPE') throw error;
      // Who reads has enough, as in "penstock runs | head". A part continues without a reader of its log.
      if (part === undefined) process.exit(BROKEN_PIPE);
    });
  }
  if (part !== undefined) setTimeout(() => module.flushCompileCache?.(), LOADED_MS).unref();
  const { main } = await import('./main.ts');
  process.exitCode = await main(process.argv.slice(2));
  // Connections to a Redis that hangs must not keep a process that has parked its work.
  if (part !== undefined) setTimeout(() => process.exit(), LINGER_MS).unref();
} else if (existsSync(NODE)) {
  const child = spawn(NODE, [SELF, ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, PENSTOCK_LAUNCHER: String(process.pid) },
  });
  // Ctrl-C reaches the child by itself, as part of the foreground group; a signal to this process alone does not.
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  process.on('SIGINT', () => {});
  child.on('exit', (code, signal) => {
    process.exitCode = signal === 'SIGINT' ? 130 : (code ?? 1);
  });
} else {
  console.error(
    `penstock needs Node ${NEEDED_MAJOR} or later; this is ${process.version}. Run "npm ci" in its folder to install one.`,
  );
  process.exitCode = 1;
}
