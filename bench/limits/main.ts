/**
 * Holds the API to its limits: what is refused is refused in time proportional to its size, and no request that its own
 * description allows or nearly allows ends as a fault of the server. Run: main.ts [--seed N] [--rounds N] [growth] [fuzz].
 */
import { parseArgs } from 'node:util';
import { openMachine } from '../processes.ts';
import { CASES } from './cases.ts';
import { fuzz } from './fuzz.ts';
import { judge } from './growth.ts';
import { openTarget } from './target.ts';

const { values, positionals } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, rounds: { type: 'string', default: '12' } },
  allowPositionals: true,
});
const isAsked = (part: string) => positionals.length === 0 || positionals.includes(part);
const cases = isAsked('growth') ? CASES : [];
const machine = await openMachine();
const faults: string[] = [];
try {
  let target = await openTarget(machine);
  for (const one of cases) {
    const fault = await judge(target, one).catch((error: Error) => `${one.name}: ${error.message}`);
    if (fault === undefined) continue;
    faults.push(fault);
    // It may still be busy with the last one.
    await target.close();
    target = await openTarget(machine);
  }
  if (isAsked('fuzz')) {
    faults.push(...(await fuzz(target, { seed: Number(values.seed), rounds: Number(values.rounds) })));
  }
  await target.close();
} finally {
  await machine.close();
}
for (const fault of faults) console.error(fault);
console.log(`${cases.length} cases that grow, ${faults.length} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;
