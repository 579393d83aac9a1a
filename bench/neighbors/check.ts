/**
 * Holds the attacks of a neighbor to their aim, roughly: what misses it by far in each of three tries is a fault. Takes about a minute.
 * Each attack is tried; what there is no time to try again is no fault. Run: check.ts [words of an attack's name].
 */
import { show } from '../numbers.ts';
import { openMachine } from '../processes.ts';
import { ATTACKS, type Attack } from './attacks.ts';
import { type Beside, measureBeside } from './beside.ts';

/** A machine that is busy with other things misses the aim; attacks that take the process for themselves miss it by more than this. */
const FAR = 5;
const TRIES = 3;
const SCALE = { idleSeconds: 1, seconds: 2, share: 0.02 };
/** No second or third try begins later than this. */
const LIMIT_MS = 90_000;

const asked = process.argv.slice(2).join(' ');
const begunAt = performance.now();
const machine = await openMachine();
const faults: string[] = [];
try {
  for (const attack of ATTACKS.filter(({ name }) => name.includes(asked))) {
    const fault = await judge(attack);
    if (fault !== undefined) faults.push(fault);
  }
} finally {
  await machine.close();
}
for (const fault of faults) console.error(fault);
console.log(`${faults.length} attacks of a neighbor slow others down by far`);
process.exitCode = faults.length === 0 ? 0 : 1;

/** What is wrong, after as many tries as it takes. */
async function judge(attack: Attack): Promise<string | undefined> {
  let text = '';
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    if (attempt > 0 && performance.now() - begunAt > LIMIT_MS) {
      console.log(`${text}; no time left to try again`);
      return undefined;
    }
    const found = await measureBeside(machine, attack, SCALE);
    text = told(attack, found);
    if (found.p95 <= FAR * found.aim && found.failures.length === 0) {
      console.log(text);
      return undefined;
    }
  }
  return text;
}

function told({ name }: Attack, { idleP95, p95, failures }: Beside): string {
  const failed = failures.length === 0 ? '' : `; ${failures.length} failed, such as: ${failures[0]}`;
  return `beside ${name}: p95 ${show(p95, 'ms')}, idle ${show(idleP95, 'ms')}${failed}`;
}
