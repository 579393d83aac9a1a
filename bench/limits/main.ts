/** Holds the API to its limits: what is refused is refused in time proportional to its size. */
import { openMachine } from '../processes.ts';
import { CASES } from './cases.ts';
import { judge } from './growth.ts';
import { openTarget } from './target.ts';

const machine = await openMachine();
const faults: string[] = [];
try {
  let target = await openTarget(machine);
  for (const one of CASES) {
    const fault = await judge(target, one).catch((error: Error) => `${one.name}: ${error.message}`);
    if (fault === undefined) continue;
    faults.push(fault);
    // It may still be busy with the last one.
    await target.close();
    target = await openTarget(machine);
  }
  await target.close();
} finally {
  await machine.close();
}
for (const fault of faults) console.error(fault);
console.log(`${CASES.length} cases, ${faults.length} of them wrong`);
process.exitCode = faults.length === 0 ? 0 : 1;
