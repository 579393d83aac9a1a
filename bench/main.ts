/**
 * Measures Penstock beside what it is built of, in one run on one machine, and prints a table with ratios.
 * Run: main.ts [--short] [figure ...]; --short only shows that every figure can be measured.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { type Figure, FULL, type Row, SHORT } from './figure.ts';
import { fairness } from './figures/fairness.ts';
import { footprint } from './figures/footprint.ts';
import { idle } from './figures/idle.ts';
import { ingress } from './figures/ingress.ts';
import { latency } from './figures/latency.ts';
import { lists } from './figures/lists.ts';
import { manifests } from './figures/manifests.ts';
import { neighbors } from './figures/neighbors.ts';
import { scaling } from './figures/scaling.ts';
import { schedules } from './figures/schedules.ts';
import { steps } from './figures/steps.ts';
import { sync } from './figures/sync.ts';
import { throughput } from './figures/throughput.ts';
import { waiting } from './figures/waiting.ts';
import { openMachine } from './processes.ts';

const FIGURES: readonly Figure[] = [
  throughput,
  ingress,
  latency,
  scaling,
  waiting,
  fairness,
  neighbors,
  lists,
  footprint,
  manifests,
  sync,
  idle,
  schedules,
  steps,
];

const { values, positionals } = parseArgs({
  options: { short: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const unknown = positionals.filter((name) => !FIGURES.some((figure) => figure.name === name));
if (unknown.length > 0) {
  console.error(`there is no figure "${unknown[0]}"; there are ${FIGURES.map(({ name }) => name).join(', ')}`);
  process.exit(1);
}
const machine = await openMachine();
try {
  const rows: Row[] = [];
  for (const figure of FIGURES) {
    if (positionals.length > 0 && !positionals.includes(figure.name)) continue;
    process.stderr.write(`measuring ${figure.name} ...\n`);
    rows.push(...(await figure.measure(machine, values.short ? SHORT : FULL)));
  }
  print(rows, values.short);
} finally {
  await machine.close();
}

function print(rows: Row[], isShort: boolean): void {
  const lines = rows.map(({ figure, aim, penstock, baseline, ratio, isMet }) => [
    figure,
    aim,
    penstock,
    baseline,
    ratio === undefined ? '' : ratio.toFixed(2),
    isShort || isMet === undefined ? '' : isMet ? 'yes' : 'no',
  ]);
  const head = ['figure', 'aim', 'Penstock', 'beside it', 'ratio', 'met'];
  const out = [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`);
  process.stdout.write(`Node ${process.version}, ${availableParallelism()} cores\n\n${out.join('\n')}\n`);
}
