import { compile } from '../../../engine/expressions/parse.ts';
import type { ExpressionScope } from '../../../engine/expressions/scope.ts';
import { fillTemplate, occurrencesOf, UNCLOSED } from '../../../engine/expressions/template.ts';
import { stringifyExact } from '../data/json.ts';

/** What an expression gives, shortened so that a large value does not enter the page. */
export type Evaluated =
  | { type: string; text: string; isCut: boolean }
  | { problem: string; position?: number | undefined };

const MAX_CHARACTERS = 2_000;

interface WorkerScope {
  onmessage: ((event: { data: { template: string; scope: ExpressionScope } }) => void) | null;
  postMessage(message: Evaluated | 'ready'): void;
}

const worker = globalThis as unknown as WorkerScope;

/** The engine's own evaluator. It may take forever: the page ends this worker when it has waited long enough. */
worker.onmessage = async ({ data }) => worker.postMessage(await evaluate(data.template, data.scope));
// Loading it is not the time of an expression.
worker.postMessage('ready');

async function evaluate(template: string, scope: ExpressionScope): Promise<Evaluated> {
  try {
    const values: unknown[] = [];
    for (const { source, isUnclosed } of occurrencesOf(template)) {
      if (isUnclosed) return { problem: UNCLOSED.message };
      values.push(await compile(source).evaluate(scope));
    }
    return shown(fillTemplate(template, values.values()));
  } catch (error) {
    const { message, position } = error as { message?: unknown; position?: unknown };
    return {
      problem: typeof message === 'string' ? message : String(error),
      ...(typeof position === 'number' && { position }),
    };
  }
}

function shown(value: unknown): Evaluated {
  const type = value === null ? 'null' : Array.isArray(value) ? 'list' : value === undefined ? 'nothing' : typeof value;
  if (value === undefined) return { type, text: '', isCut: false };
  const text = stringifyExact(value) ?? '';
  return {
    type: type === 'bigint' ? 'number' : type,
    text: text.slice(0, MAX_CHARACTERS),
    isCut: text.length > MAX_CHARACTERS,
  };
}
