/**
 * What threads cost an expression: the input of a step evaluated by a thread beside the same in the process itself, and the memory
 * of the threads. Run: node scripts/measure-expressions.ts
 */
import { openExpressions } from '../engine/expression-threads/expressions.ts';
import { doTask } from '../engine/expressions/batch.ts';

const ROUNDS = 5;
const PER_ROUND = 2000;
const rows = Array.from({ length: 20 }, (_, i) => ({ id: String(i), name: `row ${i}`, delay: i }));
const scope = { steps: { query: { output: { rows } } }, variables: { limit: 3 } };
const SOURCES = ['$count(steps.query.output.rows[delay > variables.limit])', 'steps.query.output.rows[0].name & "!"'];
const template = Object.fromEntries(SOURCES.map((source, i) => [`p${i}`, `{{ ${source} }}`]));
const owner = { tenant: 'a', run: 'run_a' };

const before = process.memoryUsage.rss();
const expressions = openExpressions({ stepMs: 5000, runMs: Number.MAX_SAFE_INTEGER });
await expressions.evaluate(template, scope, { owner });
await new Promise((resolve) => setTimeout(resolve, 500));
const started = process.memoryUsage.rss() - before;
const differences: number[] = [];
const inside: number[] = [];
const outside: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  inside.push(await medianMs(() => doTask({ evaluate: SOURCES, scope })));
  outside.push(await medianMs(() => expressions.evaluate(template, scope, { owner })));
  differences.push(outside[round]! - inside[round]!);
}
console.log(`two expressions over 20 rows, p50: ${show(inside)} in the process, ${show(outside)} in a thread`);
console.log(`a thread costs ${show(differences)} (aim: at most 0.3 ms)`);
console.log(`threads hold ${mib(started)} when they are ready (aim: 60)`);
await expressions.close();

async function medianMs(evaluate: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < PER_ROUND; i++) {
    const begun = performance.now();
    await evaluate();
    times.push(performance.now() - begun);
  }
  return median(times);
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

function show(values: number[]): string {
  return `${median(values).toFixed(3)} ms`;
}

function mib(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MiB`;
}
