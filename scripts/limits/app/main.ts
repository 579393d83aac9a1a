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
const DAY_MS = 86_400_000;

const { values, positionals } = parseArgs({
  options: { tries: { type: 'string', default: '3' } },
  allowPositionals: true,
});
const all = [...RUN_LIST, ...RUN_PAGE, ...TAB_LIMITS, ...EXPRESSION, ...BUILDER];
const limits = all.filter(({ name }) => name.includes(positionals.join(' ')));
if (limits.length === 0) {
  console.error(`no limit is named "${positionals.join(' ')}"; there are ${all.map(({ name }) => name).join(', ')}`);
  process.exit(1);
}
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
  await checkKept(app);
  for (const limit of limits) faults.push(...(await judge(app, limit)));
  await app.close();
} finally {
  await machine.close();
}
for (const fault of faults) console.error(fault);
console.log(`${limits.length} limits of the browser app, ${faults.length} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;

/** What is measured is measured with these runs only if the service finds them: in its counts, and as the last of its lists. */
async function checkKept({ send }: App): Promise<void> {
  const from = new Date(Date.now() - 3 * DAY_MS).toISOString();
  const { counts } = await send<{ counts: Record<string, number> }>(
    'GET',
    `/v1/runs/counts?by=status&bucket=3600&from=${from}`,
  );
  const { succeeded = 0, failed = 0 } = counts;
  const isListed = await Promise.all(
    ['succeeded', 'failed'].map(async (status) => {
      const query = `status=${status}&to=${new Date(Date.now() - DAY_MS).toISOString()}&limit=1`;
      return (await send<{ items: unknown[] }>('GET', `/v1/runs?${query}`)).items.length === 1;
    }),
  );
  if (succeeded + failed < KEPT_RUNS || isListed.includes(false))
    throw new Error(`the service counts ${succeeded} succeeded and ${failed} failed runs of the ${KEPT_RUNS} kept`);
}

/** What is wrong with a limit; each figure counts as in the best of the tries. */
async function judge(app: App, { name, figures, measure }: Limit): Promise<string[]> {
  const best = figures.map(() => Number.POSITIVE_INFINITY);
  const missed = () => figures.filter(({ most }, i) => best[i]! > most);
  for (let attempt = 0; attempt < Number(values.tries) && missed().length > 0; attempt += 1) {
    const found = await measure(app);
    for (const [i, value] of found.entries()) {
      if (!Number.isFinite(value)) throw new Error(`${name}: ${figures[i]!.name} was not measured: ${value}`);
      best[i] = Math.min(best[i]!, value);
    }
  }
  const told = figures.map((figure, i) => {
    const shown = best[i]!.toFixed(best[i]! < 10 ? 1 : 0);
    return `${name}: ${figure.name} ${shown} ${figure.unit} (at most ${figure.most} ${figure.unit})`;
  });
  for (const line of told) console.log(line);
  return told.filter((_, i) => best[i]! > figures[i]!.most);
}
