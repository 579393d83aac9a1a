import { spawn } from 'node:child_process';

/** How often a line says that a step is still active. */
const STILL_GOING_MS = 15_000;

/** The machine cannot be made ready; the message says what its owner can do. */
export class Unprepared extends Error {}

/**
 * Runs a program with its output shown, and a sign of life while it says nothing. Resolves with its exit code,
 * 127 when there is no such program.
 */
export function run(command, args, env = process.env) {
  const started = Date.now();
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], env });
  const timer = setInterval(() => {
    console.log(`  … ${Math.round((Date.now() - started) / 1000)} s`);
  }, STILL_GOING_MS);
  return new Promise((resolve) => {
    child.once('error', () => resolve(127));
    child.once('exit', (code, signal) => resolve(signal === null ? code : 1));
  }).finally(() => clearInterval(timer));
}
