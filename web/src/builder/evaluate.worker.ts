import { doTask } from '../../../engine/expressions/batch.ts';
import { checkExpressions, type Known } from '../../../engine/expressions/check.ts';
import { explainFailure } from '../../../engine/expressions/explain.ts';
import { readPath } from '../../../engine/expressions/plain-path.ts';
import { columnsBeside } from '../../../engine/expressions/prune.ts';
import type { ExpressionScope } from '../../../engine/expressions/scope.ts';
import { fillTemplate, occurrencesOf, UNCLOSED } from '../../../engine/expressions/template.ts';
import { stringifyExact } from '../data/json.ts';
import { expressionsOf } from './references.ts';

/** What an expression gives, shortened so that a large value does not enter the page. */
export type Evaluated =
  | { type: string; text: string; isCut: boolean }
  /** `position` is in the template, after what is wrong; `length` is that of what is wrong, where it is known. */
  | { problem: string; position?: number | undefined; length?: number | undefined };

export interface Question {
  template: string;
  /** Left out where it is that of the question before. */
  scope?: ExpressionScope;
  /** The items of the loop that the template is in: it reads the first one. */
  items?: string | undefined;
  /** The names that are there, to tell what is misspelt; without it, only what fails is told. */
  known?: Known | undefined;
  /** Values are missing: only the names are checked. */
  isOnlyChecked?: boolean;
}

const MAX_CHARACTERS = 2_000;

interface WorkerScope {
  onmessage: ((event: { data: Question }) => void) | null;
  postMessage(message: Evaluated | 'ready'): void;
}

const worker = globalThis as unknown as WorkerScope;
let scope: ExpressionScope = { steps: {} };

/** The engine's own evaluator. It may take forever: the page ends this worker when it has waited long enough. */
worker.onmessage = async ({ data }) => {
  if (data.scope !== undefined) scope = data.scope;
  worker.postMessage(await answer(data));
};
// Loading it is not the time of an expression.
worker.postMessage('ready');

async function answer({ template, items, known, isOnlyChecked = false }: Question): Promise<Evaluated> {
  try {
    const wrong = known === undefined ? undefined : await misspelt(template, known);
    if (wrong !== undefined) return wrong;
    if (isOnlyChecked) return shownOf({ value: undefined });
    if (items === undefined) return shownOf(await evaluate(template, scope));
    const list = await evaluate(items, scope);
    if ('problem' in list) return { problem: `The items of the loop cannot be read: ${list.problem}` };
    const item = Array.isArray(list.value) ? list.value[0] : list.value;
    if (item === undefined) return { problem: 'The loop has no items with this data, so there is no result.' };
    return shownOf(await evaluate(template, { ...scope, item, index: 0, itemColumns: await columnsOf(items) }));
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

/** The columns of the results that the items are rows of: by them, numbers of the item are numbers. */
async function columnsOf(items: string): Promise<unknown[]> {
  const done = await doTask({ parse: [...occurrencesOf(items)].map(({ source }) => source) });
  if (!('parsed' in done)) return [];
  const roots = done.parsed.flatMap((parsed) => ('reads' in parsed ? parsed.reads.roots : []));
  return roots.flatMap((names) => {
    const columns = columnsBeside(names) ?? (names[0] === 'trigger' ? ['trigger', 'columns'] : undefined);
    return columns === undefined ? [] : [readPath(columns, scope) ?? []];
  });
}

/** What the check of a workflow says of the names in a template. */
async function misspelt(template: string, known: Known): Promise<Evaluated | undefined> {
  const starts = [...expressionsOf(template)].map(({ start }) => start);
  const parse = async (sources: string[]) => {
    const done = await doTask({ parse: sources });
    return 'parsed' in done ? done.parsed : [];
  };
  for (const [i, { source, isUnclosed }] of [...occurrencesOf(template)].entries()) {
    const whole = isUnclosed ? `{{${source}` : `{{${source}}}`;
    const [wrong] = await checkExpressions(whole, '', { known, parse });
    if (wrong === undefined) continue;
    const { position } = wrong as { position?: number };
    const name = /^(?:reads|calls)(?: the step)? "\$?([^"]+)"/.exec(wrong.message)?.[1];
    const start = starts[i] ?? 0;
    const found = position === undefined && name !== undefined ? source.indexOf(name.split('.')[0]!) : -1;
    return {
      problem: `It ${wrong.message}`,
      ...(position !== undefined && { position: start + position }),
      ...(found >= 0 && { position: start + found + name!.length, length: name!.length }),
    };
  }
  return undefined;
}

async function evaluate(
  template: string,
  scope: ExpressionScope,
): Promise<{ value: unknown } | Extract<Evaluated, { problem: string }>> {
  const occurrences = [...occurrencesOf(template)];
  if (occurrences.some(({ isUnclosed }) => isUnclosed)) return { problem: UNCLOSED.message };
  const done = await doTask({ evaluate: occurrences.map(({ source }) => source), scope });
  if (!('values' in done)) return { problem: 'It was not evaluated.' };
  const { values, failure } = done;
  if (failure === undefined) return { value: fillTemplate(template, values.values()) };
  const start = [...expressionsOf(template)][values.length]?.start ?? 0;
  return {
    problem: explainFailure(failure, occurrences[values.length]!.source),
    ...(failure.position !== undefined && { position: start + failure.position, length: failure.token?.length }),
  };
}

function shownOf(result: { value: unknown } | Extract<Evaluated, { problem: string }>): Evaluated {
  if ('problem' in result) return result;
  const { value } = result;
  const type = value === null ? 'null' : Array.isArray(value) ? 'list' : value === undefined ? 'nothing' : typeof value;
  if (value === undefined) return { type, text: '', isCut: false };
  const text = stringifyExact(value) ?? '';
  return {
    type: type === 'bigint' ? 'number' : type === 'string' ? 'text' : type,
    text: text.slice(0, MAX_CHARACTERS),
    isCut: text.length > MAX_CHARACTERS,
  };
}
