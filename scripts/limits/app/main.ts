/**
 * Holds the browser app to its limits, in Chromium against `penstock serve` with 100,000 runs kept: the best of three tries counts.
 * Run: main.ts [--tries N] [words of a limit's name].
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openMachine } from '../../../bench/processes.ts';
import { findChromium } from '../../../test/browser/chromium.ts';
import { BUILDER } from './builder.ts';
import { EXPRESSION } from './expression.ts';
import { keepRuns } from './keep-runs.ts';
import type { Limit } from './limit.ts';
import { type App, openApp } from './open.ts';
import { RUN_LIST } from './run-list.ts';
import { RUN_PAGE } from './run-page.ts';
import { TAB_LIMITS } from './tabs.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const KEPT_RUNS = 100_000;

const { values, positionals } = parseArgs({
  options: { tries: { type: 'string', default: '3' } },
  allowPositionals: true,
});
const limits = [...RUN_LIST, ...RUN_PAGE, ...TAB_LIMITS, ...EXPRESSION, ...BUILDER].filter(({ name }) =>
  name.includes(positionals.join(' ')),
);
const chromium = findChromium();
if (chromium === undefined) {
  console.log('No Chromium on the PATH: left out the limits of the browser app. Install it, or set CHROMIUM.');
  process.exit(process.env.PENSTOCK_BROWSER_TESTS === '1' ? 1 : 0);
}
execFileSync(process.execPath, ['scripts/prepare.mjs', 'app'], { cwd: ROOT, stdio: 'inherit' });
const machine = await openMachine();
const faults: string[] = [];
try {
  const app = await openApp(machine, chromium);
  const succeeded = await app.run([{ id: 'shape', action: 'core.transform', input: { value: 1 } }]);
  const failed = await app.run([{ id: 'stop', action: 'core.fail', input: { message: 'no rows today' } }]);
  await keepRuns(app.store, { succeeded, failed }, KEPT_RUNS);
  for (const limit of limits) faults.push(...(await judge(app, limit)));
  await app.close();
} finally {
  await machine.close();
}
for (const fault of faults) console.error(fault);
console.log(`${limits.length} limits of the browser app, ${faults.length} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;

/** What is wrong with a limit; each figure counts as in the best of the tries. */
async function judge(app: App, { name, figures, measure }: Limit): Promise<string[]> {
  const best = figures.map(() => Number.POSITIVE_INFINITY);
  const missed = () => figures.filter(({ most }, i) => best[i]! > most);
  for (let attempt = 0; attempt < Number(values.tries) && missed().length > 0; attempt += 1) {
    const found = await measure(app);
    for (const [i, value] of found.entries()) best[i] = Math.min(best[i]!, value);
  }
  const told = figures.map((figure, i) => {
    const shown = best[i]!.toFixed(best[i]! < 10 ? 1 : 0);
    return `${name}: ${figure.name} ${shown} ${figure.unit} (at most ${figure.most} ${figure.unit})`;
  });
  for (const line of told) console.log(line);
  return told.filter((_, i) => best[i]! > figures[i]!.most);
}
