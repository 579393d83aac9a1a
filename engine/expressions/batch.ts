import { compile, type ParsedExpression } from './parse.ts';
import { MAX_RESULT_BYTES, plainValue } from './plain-value.ts';
import type { ExpressionScope } from './scope.ts';
import { withColumnTypes, withSqlNumbers } from './sql-rows.ts';

/** Why an expression could not be read or evaluated: JSONata's error as data. */
export interface Failure {
  /** JSONata's code, such as `T2001`, or one of ours. */
  code: string;
  message: string;
  /** In the source, where it is known. */
  position?: number;
  token?: string;
  value?: unknown;
}

/** What a thread is asked: one message for all expressions of a step. */
export type Task = { parse: string[] } | { evaluate: string[]; scope: ExpressionScope };

/** A result for each expression that was parsed; values of an evaluation, up to the first that failed. */
export type Answer = { parsed: (ParsedExpression | Failure)[] } | { values: unknown[]; failure?: Failure };

/** Does a task. Pure: it may be stopped and repeated at any point. */
export async function doTask(task: Task): Promise<Answer> {
  if ('parse' in task) return { parsed: task.parse.map(parseOne) };
  const scope = typedScope(task.scope);
  const values: unknown[] = [];
  let bytes = 0;
  try {
    for (const source of task.evaluate) {
      const plain = plainValue(await compile(source).evaluate(scope), MAX_RESULT_BYTES - bytes);
      bytes += plain.bytes;
      values.push(plain.value);
    }
  } catch (error) {
    return { values, failure: failureOf(error) };
  }
  return { values };
}

function typedScope({ itemColumns, ...scope }: ExpressionScope): ExpressionScope {
  const typed = withSqlNumbers(scope) as ExpressionScope;
  return itemColumns === undefined ? typed : { ...typed, item: withColumnTypes(typed.item, itemColumns) };
}

function parseOne(source: string): ParsedExpression | Failure {
  try {
    const { reads, path, isPath, unknown } = compile(source);
    const isKnown = unknown === undefined || unknown.functions.length + unknown.variables.length === 0;
    return { reads, path, isPath, ...(isKnown ? {} : { unknown }) };
  } catch (error) {
    return failureOf(error);
  }
}

/** An error of JSONata has no prototype, and may hold the values of the expression: only what is said is kept. */
function failureOf(error: unknown): Failure {
  const { code = 'FAILED', message = 'it failed', position, token, value } = (error ?? {}) as Partial<Failure>;
  const isSmall =
    typeof value === 'number' || typeof value === 'boolean' || value === null || typeof value === 'string';
  return {
    code: String(code),
    message: String(message),
    ...(typeof position === 'number' ? { position } : {}),
    ...(typeof token === 'string' ? { token } : {}),
    ...(isSmall ? { value: typeof value === 'string' ? value.slice(0, MAX_SHOWN) : value } : {}),
  };
}

/** Characters of a value that a message shows. */
const MAX_SHOWN = 100;
