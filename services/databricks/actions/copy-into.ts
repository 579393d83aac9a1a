import type { ActionCall, ActionState, Io, Step } from '../../../actions/call.ts';
import { inputError } from '../../../connector/errors.ts';
import type { Action } from '../../../connector/manifest.ts';
import { quoteFullTable } from './sql-names.ts';
import { advanceStatement, type StatementOutput } from './statement-runner.ts';

interface CopyIntoInput {
  warehouse_id: string;
  table: string;
  source: string;
  file_format: string;
  files?: string[];
  pattern?: string;
  format_options?: Record<string, string>;
  copy_options?: Record<string, string>;
}

/** Loads files into a table; the service itself skips what it has loaded before. */
export async function advanceCopyInto(action: Action, call: ActionCall, state: ActionState, io: Io): Promise<Step> {
  const input = call.input as CopyIntoInput;
  const statement = { warehouse_id: input.warehouse_id, statement: copyStatement(input), effect: call.effect };
  const step = await advanceStatement({ action, call, state, io }, statement, state.own as object | undefined);
  if (step.kind !== 'done') return step;
  const { statement_id, rows } = step.output as StatementOutput;
  return { kind: 'done', output: { statement_id, ...rows[0] } };
}

/** COPY INTO takes no parameters, so its strings are written into the statement; those that would need escaping are refused. */
export function copyStatement(input: CopyIntoInput): string {
  const { file_format: format, files, pattern, format_options, copy_options } = input;
  const parts = [
    `COPY INTO ${quoteFullTable(input.table, '/table')}`,
    `FROM ${literal(input.source, '/source')}`,
    `FILEFORMAT = ${word(format)}`,
  ];
  if (files !== undefined)
    parts.push(`FILES = (${files.map((file, index) => literal(file, `/files/${index}`)).join(', ')})`);
  if (pattern !== undefined) parts.push(`PATTERN = ${literal(pattern, '/pattern')}`);
  if (format_options !== undefined) parts.push(`FORMAT_OPTIONS (${options(format_options, '/format_options')})`);
  if (copy_options !== undefined) parts.push(`COPY_OPTIONS (${options(copy_options, '/copy_options')})`);
  return parts.join(' ');
}

function options(given: Record<string, string>, pointer: string): string {
  return Object.entries(given)
    .map(([name, value]) => `${literal(name, pointer)} = ${literal(value, `${pointer}/${name}`)}`)
    .join(', ');
}

/** How a quote or backslash has to be escaped depends on the session, so there is no safe way to write one. A tab is the exception: it is a common delimiter. */
function literal(text: string, pointer: string): string {
  if (!/^[^'\\\x00-\x08\x0a-\x1f\x7f]*$/.test(text)) {
    throw inputError(pointer, 'must not hold quotes, backslashes or control characters');
  }
  return `'${text}'`;
}

function word(text: string): string {
  if (/^[A-Z]+$/.test(text)) return text;
  throw inputError('/file_format', 'must be one of the formats');
}
