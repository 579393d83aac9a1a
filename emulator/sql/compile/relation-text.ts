import { type Commit, versionAt } from '../../delta/versions.ts';
import { fullNameText } from '../../unity/names.ts';
import { SqlError } from '../error.ts';
import { tableNotFound } from '../failure.ts';
import { informationSchema } from '../information-schema.ts';
import { lowerNames, readFilesCall } from '../read-files.ts';
import { type Environment, tableName } from '../session.ts';
import { VOID } from '../spark-type.ts';
import { historyRows } from '../table-history.ts';
import type { Expr, From } from './ast.ts';
import { refuse } from './complaints.ts';
import { castInvalid, timestampText } from './datetime.ts';

// the last version that was there at a time
function commitAt(list: Commit[], text: string): number {
  const time = timestampText(text);
  if (time === undefined) throw castInvalid(text, 'TIMESTAMP');
  return versionAt(list, `${time.replace(' ', 'T')}Z`, 'end');
}

/** DuckDB's text of a table, view or file that a query reads; undefined for what has no columns to look up. */
export function relationText(
  from: From & ({ k: 'table' } | { k: 'function' }),
  environment: Environment,
): string | undefined {
  if (from.k === 'table') {
    const information = informationSchema(from.parts, environment);
    if (information !== undefined) return information;
    if (
      from.parts.length === 2 &&
      ['csv', 'json', 'parquet', 'delta', 'text'].includes((from.parts[0] as string).toLowerCase()) &&
      (from.parts[1] as string).includes('/')
    )
      throw refuse('files by format and path', { k: 'literal', type: VOID, value: null, at: from.at });
    const full = tableName(from.parts, environment);
    if (from.version !== undefined) {
      const isTime = from.version.kind === 'TIMESTAMP' || from.version.kind === 'SYSTEM_TIME';
      if (isTime)
        return environment.delta.versionQuery(full, commitAt(environment.delta.history(full), from.version.value));
      return environment.delta.versionQuery(full, Number(from.version.value));
    }
    if (!environment.unity.duckNames().has(full.catalog)) throw tableNotFound(fullNameText(full));
    return environment.unity.duckTable(full);
  }
  const { call } = from;
  const text = (arg: Expr | undefined): string => {
    const value = arg?.k === 'cast' ? arg.e : arg;
    if (value?.k === 'literal' && value.value !== null) return value.value;
    throw new SqlError('NON_FOLDABLE_ARGUMENT', '42K08', `The argument of ${call.name} must be a constant.`);
  };
  if (call.name === 'read_files') {
    const options = call.args.filter((arg) => arg.k === 'named').map((arg) => [arg.name, text(arg.e)]);
    return readFilesCall(
      call.args.filter((arg) => arg.k !== 'named').map(text),
      lowerNames(Object.fromEntries(options)),
      environment,
    );
  }
  if (call.name === 'copy_source') return environment.copySource;
  if (call.name === 'describe history') {
    const full = tableName(nameParts(text(call.args[0])), environment);
    if (!environment.unity.tables.has(fullNameText(full))) throw tableNotFound(fullNameText(full));
    return `(${historyRows(environment, full)})`;
  }
  if (call.name === 'table_changes') {
    const parts = nameParts(text(call.args[0]));
    const full = tableName(parts, environment);
    environment.access.checkSql('table', fullNameText(full), 'SELECT');
    return environment.delta.changesQuery(
      full,
      text(call.args[1]),
      call.args[2] === undefined ? undefined : text(call.args[2]),
    );
  }
  return undefined;
}

function nameParts(text: string): string[] {
  const parts = text.match(/`(?:[^`]|``)*`|[^.`\s]+/g) ?? [];
  const wrong = parts.find((part) => !part.startsWith('`') && !/^[\p{L}\p{N}_]+$/u.test(part));
  if (wrong !== undefined)
    throw new SqlError(
      'INVALID_IDENTIFIER',
      '42602',
      `The unquoted identifier ${wrong} is invalid and must be back quoted as: \`${wrong}\`.\nUnquoted identifiers can only contain ASCII letters ('a' - 'z', 'A' - 'Z'), digits ('0' - '9'), and underbar ('_').\nUnquoted identifiers must also not start with a digit.`,
    );
  return parts.map((part) => (part.startsWith('`') ? part.slice(1, -1).replaceAll('``', '`') : part));
}
