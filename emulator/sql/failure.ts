import type { FullName } from '../unity/names.ts';
import { MARK } from './compile/error-mark.ts';
import { type Position, SqlError, syntaxError, unsupported } from './error.ts';

/** Databricks' error for one of DuckDB's, with internal names put back; `sql` is the statement as the user wrote it. */
export function toSqlError(error: unknown, sql: string): SqlError {
  if (error instanceof SqlError) return error;
  const text = (error instanceof Error ? error.message : String(error)).replaceAll(/\buc_(?=\w)/g, '');
  for (const [pattern, make] of RULES) {
    const match = pattern.exec(text);
    if (match !== null) return make(match, sql, text);
  }
  return unsupported('this statement');
}

type Rule = [RegExp, (match: RegExpExecArray, sql: string, text: string) => SqlError];

const CANNOT_FIND =
  'Verify the spelling and correctness of the schema and catalog.\nIf you did not qualify the name with a schema, verify the current_schema() output, or qualify the name with the correct schema and catalog.\nTo tolerate the error on drop use DROP VIEW IF EXISTS or DROP TABLE IF EXISTS.';

const RULES: Rule[] = [
  [
    new RegExp(`${MARK}([^|]*)\\|([^|]*)\\|([\\s\\S]*)`),
    (match) => new SqlError(match[1] ?? '', match[2] ?? '', (match[3] ?? '').trim()),
  ],
  [
    /Map keys must be unique/,
    () =>
      new SqlError(
        'DUPLICATED_MAP_KEY',
        '23505',
        'Duplicate map key was found, please check the input data. If you want to remove the duplicated keys, you can set "spark.sql.mapKeyDedupPolicy" to "LAST_WIN" so that the key inserted at last takes precedence.',
      ),
  ],
  [/Map keys can not be NULL/, () => new SqlError('NULL_MAP_KEY', '2200E', 'Cannot use null as map key.')],
  [
    /More than one row returned by a subquery/,
    () =>
      new SqlError(
        'SCALAR_SUBQUERY_TOO_MANY_ROWS',
        '21000',
        'More than one row returned by a subquery used as an expression.',
      ),
  ],
  [/syntax error at or near "([^"]*)"/, (match, sql) => syntaxError(match[1] ?? '', placeOf(sql, match[1] ?? ''))],
  [/syntax error at end of input/, (_match, sql) => syntaxError('', { offset: sql.length, length: 1 })],
  [/^Parser Error: (.*)/, () => new SqlError('PARSE_SYNTAX_ERROR', '42601', 'Syntax error.')],
  [
    /(?:Table|View) with name "?(.+?)"? (?:does not exist|is not|of type)|Catalog "(.+?)" does not exist|Table "(.+?)" does not exist|No catalog \+ schema named "(.+?)"/,
    (match, sql) => tableNotFound(wholeName(sql, match[1] ?? match[2] ?? match[3] ?? match[4] ?? ''), sql),
  ],
  [
    /Schema with name "?(.+?)"? does not exist/,
    (match, sql) =>
      new SqlError(
        'SCHEMA_NOT_FOUND',
        '42704',
        `The schema ${ticks(wholeName(sql, match[1] ?? ''))} cannot be found. Verify the spelling and correctness of the schema and catalog.`,
      ),
  ],
  [
    /Referenced (?:table|column) "(.+?)" (?:was )?not found|Table "(?:.+?)" does not have a column named "(.+?)"|column "(.+?)" (?:does not exist|not found)/i,
    (match, sql, text) => unresolvedColumn(match[1] ?? match[2] ?? match[3] ?? '', sql, text),
  ],
  [
    /Ambiguous reference to column name "(.+?)"/,
    (match) => new SqlError('AMBIGUOUS_REFERENCE', '42704', `Reference \`${match[1]}\` is ambiguous.`),
  ],
  [
    /Function with name "?(\w+)"? does not exist|function "?(\w+)"? does not exist/i,
    (match) =>
      new SqlError(
        'UNRESOLVED_ROUTINE',
        '42883',
        `Cannot resolve routine \`${match[1] ?? match[2]}\` on search path [\`system\`.\`builtin\`, \`system\`.\`session\`].`,
      ),
  ],
  [
    /No function matches the given name and argument types '(.+?)'/,
    (match) =>
      new SqlError(
        'DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE',
        '42K09',
        `Cannot resolve "${match[1]}" due to data type mismatch.`,
      ),
  ],
  [
    /(?:Table|View) with name "?(.+?)"? already exists/,
    (match, sql) =>
      new SqlError(
        'TABLE_OR_VIEW_ALREADY_EXISTS',
        '42P07',
        `Cannot create table or view ${ticks(wholeName(sql, match[1] ?? ''))} because it already exists.\nChoose a different name, drop or replace the existing object, or add the IF NOT EXISTS clause to tolerate pre-existing objects.`,
      ),
  ],
  [
    /Schema with name "?(.+?)"? already exists/,
    (match, sql) =>
      new SqlError(
        'SCHEMA_ALREADY_EXISTS',
        '42P06',
        `Cannot create schema ${ticks(wholeName(sql, match[1] ?? ''))} because it already exists.\nChoose a different name, drop the existing schema, or add the IF NOT EXISTS clause to tolerate pre-existing schema.`,
      ),
  ],
  [/Could not convert string '([\s\S]*?)' to (\w+)/, (match) => castInvalid(match[1] ?? '', match[2] ?? '')],
  [/invalid (\w+) field format: "([\s\S]*?)"/i, (match) => castInvalid(match[2] ?? '', match[1] ?? '')],
  [/(date|timestamp) field value out of range: "([\s\S]*?)"/i, (match) => castInvalid(match[2] ?? '', match[1] ?? '')],
  [
    /Type INT128 with value (\S+) can't be cast/,
    () => new SqlError('ARITHMETIC_OVERFLOW', '22003', 'Overflow in sum of bigint values.'),
  ],
  [
    /Could not cast value ([\s\S]*?) to (DECIMAL\S*)|Conversion Error: (?:Type|Casting)[\s\S]*?(\w+) value ([\s\S]*?) .*?out of range/i,
    () =>
      new SqlError('CAST_OVERFLOW', '22003', 'The value cannot be cast because it is out of the range of the type.'),
  ],
  [
    /Out of Range Error: ([\s\S]*?)(?:\n|$)/,
    () =>
      new SqlError(
        'ARITHMETIC_OVERFLOW',
        '22003',
        'Overflow. Use a wider type or the try_ function to tolerate overflow and return NULL instead. If necessary set "ansi_mode" to "false" to bypass this error.',
      ),
  ],
  [
    /Conversion Error: ([\s\S]*?)(?:\n|$)/,
    () =>
      new SqlError(
        'CAST_INVALID_INPUT',
        '22018',
        'A value cannot be cast to the type because it is malformed. Correct the value as per the syntax, or change its target type. Use `try_cast` to tolerate malformed input and return NULL instead.',
      ),
  ],
  [
    /NOT NULL constraint failed: (\S+)/,
    (match) =>
      new SqlError(
        'DELTA_NOT_NULL_CONSTRAINT_VIOLATED',
        '23502',
        `NOT NULL constraint violated for column: ${(match[1] ?? '').split('.').at(-1)}.`,
      ),
  ],
  [
    /CHECK constraint failed/i,
    () =>
      new SqlError('DELTA_VIOLATE_CONSTRAINT_WITH_VALUES', '23001', 'CHECK constraint violated by row with values.'),
  ],
  [
    /^Permission Error: Cannot access file "(.+?)"/,
    (match) =>
      new SqlError(
        'INSUFFICIENT_PERMISSIONS',
        '42501',
        `Insufficient privileges:\nUser does not have SELECT on any file: ${match[1]}.`,
      ),
  ],
  [/^Invalid Input Error: ([\s\S]*)/, (match) => new SqlError('USER_RAISED_EXCEPTION', 'P0001', `${match[1]}`)],
  [
    /must appear in the GROUP BY clause/,
    (_match, sql) =>
      /\bgroup\s+by\b/i.test(sql)
        ? new SqlError(
            'MISSING_AGGREGATION',
            '42803',
            'The non-aggregating expression is based on columns which are not participating in the GROUP BY clause.',
          )
        : new SqlError(
            'MISSING_GROUP_BY',
            '42803',
            'The query does not include a GROUP BY clause. Add GROUP BY or turn it into the window functions using OVER clauses.',
          ),
  ],
  [
    /(?:INSERT|table) .*?(\d+) (?:target )?columns .*?(\d+)/i,
    () =>
      new SqlError(
        'INSERT_COLUMN_ARITY_MISMATCH',
        '21S01',
        'Cannot write: the number of columns in the data differs from that of the table.',
      ),
  ],
  [
    /TransactionContext Error: Conflict/,
    () =>
      new SqlError(
        'DELTA_CONCURRENT_WRITE',
        '2D521',
        'ConcurrentWriteException: a concurrent transaction has written new data since the current transaction read the table. Please try the operation again.',
      ),
  ],
];

/** The error for a table or view that is not there. */
export function tableNotFound(name: string, sql?: string): SqlError {
  return new SqlError(
    'TABLE_OR_VIEW_NOT_FOUND',
    '42P01',
    `The table or view ${ticks(name)} cannot be found. ${CANNOT_FIND}`,
    sql === undefined ? undefined : placeOf(sql, name),
  );
}

/** The error for a table or view whose name is taken. */
export function tableExists(full: FullName): SqlError {
  return new SqlError(
    'TABLE_OR_VIEW_ALREADY_EXISTS',
    '42P07',
    `Cannot create table or view \`${full.catalog}\`.\`${full.schema}\`.\`${full.name}\` because it already exists.\nChoose a different name, drop or replace the existing object, or add the IF NOT EXISTS clause to tolerate pre-existing objects.`,
  );
}

function castInvalid(value: string, type: string): SqlError {
  const name =
    { INT64: 'BIGINT', INT32: 'INT', INT16: 'SMALLINT', INT8: 'TINYINT', BOOL: 'BOOLEAN' }[type] ?? type.toUpperCase();
  return new SqlError(
    'CAST_INVALID_INPUT',
    '22018',
    `The value '${value}' of the type "STRING" cannot be cast to "${name}" because it is malformed. Correct the value as per the syntax, or change its target type. Use \`try_cast\` to tolerate malformed input and return NULL instead.`,
  );
}

function unresolvedColumn(name: string, sql: string, text: string): SqlError {
  const candidates = /Candidate bindings: (.*)/.exec(text)?.[1];
  const listed = candidates?.match(/"[^"]+"/g)?.map((item) => ticks(item.slice(1, -1))) ?? [];
  const what = `A column, variable, or function parameter with name ${ticks(name)} cannot be resolved.`;
  if (listed.length === 0)
    return new SqlError('UNRESOLVED_COLUMN.WITHOUT_SUGGESTION', '42703', what, placeOf(sql, name));
  return new SqlError(
    'UNRESOLVED_COLUMN.WITH_SUGGESTION',
    '42703',
    `${what} Did you mean one of the following? [${listed.join(', ')}].`,
    placeOf(sql, name),
  );
}

function ticks(name: string): string {
  return name
    .split('.')
    .map((part) => `\`${part.replaceAll(/["`]/g, '')}\``)
    .join('.');
}

// DuckDB often names the last part only; the statement has the name in full
function wholeName(sql: string, name: string): string {
  const last = name.replaceAll('"', '').split('.').at(-1) ?? name;
  const escaped = last.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return (
    new RegExp(`(?:[\\w\`]+\\s*\\.\\s*)*\`?\\b${escaped}\\b\`?(?:\\s*\\.\\s*[\\w\`]+)*`, 'i')
      .exec(sql)?.[0]
      ?.replaceAll(/[\s`]/g, '') ?? name
  );
}

// DuckDB saw another text: the place is where the name or word is in the user's
function placeOf(sql: string, name: string): Position | undefined {
  const offset = name === '' ? sql.length : sql.toLowerCase().lastIndexOf(name.toLowerCase());
  return offset < 0 ? undefined : { offset, length: name.length };
}
