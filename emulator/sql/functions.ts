import type { Token } from './lexer.ts';
import { duckType } from './types.ts';

/**
 * Databricks functions that DuckDB has not, or has with another meaning, as DuckDB expressions by name and number of arguments
 * (`/n` takes any number). `$1` is the first argument, `$*` all of them.
 */
const TEMPLATES: Record<string, string> = {
  'date_add/2': '(CAST($1 AS DATE) + CAST($2 AS INTEGER))',
  'dateadd/2': '(CAST($1 AS DATE) + CAST($2 AS INTEGER))',
  'date_sub/2': '(CAST($1 AS DATE) - CAST($2 AS INTEGER))',
  'datediff/2': 'CAST(CAST($1 AS DATE) - CAST($2 AS DATE) AS INTEGER)',
  'date_diff/2': 'CAST(CAST($1 AS DATE) - CAST($2 AS DATE) AS INTEGER)',
  'add_months/2': 'CAST(CAST($1 AS DATE) + to_months(CAST($2 AS INTEGER)) AS DATE)',
  'to_date/1': 'CAST($1 AS DATE)',
  'date/1': 'CAST($1 AS DATE)',
  'to_timestamp/1': 'CAST(CAST($1 AS TIMESTAMPTZ) AS TIMESTAMP)',
  'try_to_timestamp/1': 'CAST(TRY_CAST($1 AS TIMESTAMPTZ) AS TIMESTAMP)',
  'timestamp/1': 'CAST(CAST($1 AS TIMESTAMPTZ) AS TIMESTAMP)',
  'timestamp_millis/1': 'epoch_ms(CAST($1 AS BIGINT))',
  'timestamp_micros/1': 'make_timestamp(CAST($1 AS BIGINT))',
  'timestamp_seconds/1': 'make_timestamp(CAST($1 * 1000000 AS BIGINT))',
  'unix_timestamp/1': 'CAST(epoch(CAST($1 AS TIMESTAMP)) AS BIGINT)',
  'unix_millis/1': 'epoch_ms(CAST($1 AS TIMESTAMP))',
  'unix_micros/1': 'epoch_us(CAST($1 AS TIMESTAMP))',
  'from_unixtime/1': "strftime(make_timestamp(CAST($1 * 1000000 AS BIGINT)), '%Y-%m-%d %H:%M:%S')",
  'trunc/2': 'CAST(date_trunc($2, CAST($1 AS DATE)) AS DATE)',
  // DuckDB gives BIGINT for these, Databricks INT
  'year/1': 'CAST(year($1) AS INTEGER)',
  'quarter/1': 'CAST(quarter($1) AS INTEGER)',
  'month/1': 'CAST(month($1) AS INTEGER)',
  'day/1': 'CAST(day($1) AS INTEGER)',
  'hour/1': 'CAST(hour($1) AS INTEGER)',
  'minute/1': 'CAST(minute($1) AS INTEGER)',
  'weekofyear/1': 'CAST(weekofyear($1) AS INTEGER)',
  'dayofyear/1': 'CAST(dayofyear($1) AS INTEGER)',
  'length/1': 'CAST(length($1) AS INTEGER)',
  'ascii/1': 'CAST(ascii($1) AS INTEGER)',
  'second/1': 'CAST(second($1) AS INTEGER)',
  'dayofmonth/1': 'CAST(day($1) AS INTEGER)',
  'dayofweek/1': 'CAST(dayofweek($1) + 1 AS INTEGER)',
  'weekday/1': 'CAST(isodow($1) - 1 AS INTEGER)',
  'len/1': 'CAST(length($1) AS INTEGER)',
  'char_length/1': 'CAST(length($1) AS INTEGER)',
  'instr/2': 'CAST(instr($1, $2) AS INTEGER)',
  'substr/2': 'substring($1, $2)',
  'locate/2': 'CAST(instr($2, $1) AS INTEGER)',
  'nvl/2': 'coalesce($1, $2)',
  'ifnull/2': 'coalesce($1, $2)',
  'nvl2/3': 'CASE WHEN $1 IS NOT NULL THEN $2 ELSE $3 END',
  'isnull/1': '($1 IS NULL)',
  'isnotnull/1': '($1 IS NOT NULL)',
  'iff/3': 'CASE WHEN $1 THEN $2 ELSE $3 END',
  'rand/0': 'random()',
  'uuid/0': 'CAST(uuid() AS VARCHAR)',
  'collect_list/1': 'coalesce(list($1) FILTER ($1 IS NOT NULL), [])',
  'collect_set/1': 'coalesce(list(DISTINCT $1) FILTER ($1 IS NOT NULL), [])',
  'array_agg/1': 'list($1)',
  'approx_count_distinct/1': 'approx_count_distinct($1)',
  'percentile/2': 'quantile_cont($1, $2)',
  'percentile_approx/2': 'quantile_disc($1, $2)',
  'approx_percentile/2': 'quantile_disc($1, $2)',
  'count_if/1': 'count_if($1)',
  'any_value/1': 'any_value($1)',
  'first/1': 'first($1)',
  'array/n': 'list_value($*)',
  'size/1': 'CASE WHEN $1 IS NULL THEN -1 ELSE CAST(len($1) AS INTEGER) END',
  'cardinality/1': 'CAST(len($1) AS INTEGER)',
  'array_size/1': 'CAST(len($1) AS INTEGER)',
  'array_join/2': 'array_to_string($1, $2)',
  'element_at/2': '($1)[$2]',
  'array_contains/2': 'list_contains($1, $2)',
  'sort_array/1': 'list_sort($1)',
  'explode/1': 'unnest($1)',
  'sequence/2': 'generate_series($1, $2)',
  'split/2': 'regexp_split_to_array($1, $2)',
  'base64/1': 'base64(CAST($1 AS BLOB))',
  'unbase64/1': 'from_base64($1)',
  'hex/1': 'hex($1)',
  'unhex/1': 'unhex($1)',
  'binary/1': 'CAST($1 AS BLOB)',
  'string/1': 'CAST($1 AS VARCHAR)',
  'int/1': 'CAST($1 AS INTEGER)',
  'bigint/1': 'CAST($1 AS BIGINT)',
  'double/1': 'CAST($1 AS DOUBLE)',
  'boolean/1': 'CAST($1 AS BOOLEAN)',
  'get_json_object/2': '($1 ->> $2)',
  'parse_json/1': 'CAST($1 AS JSON)',
  'to_json/1': 'CAST(to_json($1) AS VARCHAR)',
  'sha2/2': 'sha256($1)',
  // Other numbers than Databricks gives, and as well spread.
  'xxhash64/n': 'CAST(CAST(hash($*) AS BIT) AS BIGINT)',
  'log/1': 'ln($1)',
  'pow/2': 'pow($1, $2)',
  'typeof/1': 'lower(typeof($1))',
  'raise_error/1': 'error(CAST($1 AS VARCHAR))',
  'assert_true/1': "CASE WHEN $1 THEN NULL ELSE error('''' || 'assertion' || ''' is not true!') END",
};

/** Functions whose first argument is a unit without quotes. */
const UNIT_CALLS: Record<string, string> = {
  'dateadd/3': '(CAST($3 AS TIMESTAMP) + CAST($2 AS INTEGER) * INTERVAL 1 $1)',
  'date_add/3': '(CAST($3 AS TIMESTAMP) + CAST($2 AS INTEGER) * INTERVAL 1 $1)',
  'timestampadd/3': '(CAST($3 AS TIMESTAMP) + CAST($2 AS INTEGER) * INTERVAL 1 $1)',
  'datediff/3': "date_sub('$1', CAST($2 AS TIMESTAMP), CAST($3 AS TIMESTAMP))",
  'date_diff/3': "date_sub('$1', CAST($2 AS TIMESTAMP), CAST($3 AS TIMESTAMP))",
  'timestampdiff/3': "date_sub('$1', CAST($2 AS TIMESTAMP), CAST($3 AS TIMESTAMP))",
};

/** The DuckDB expression for a call, or undefined when DuckDB has the function as it is. */
export function callTemplate(name: string, args: Token[][], write: (arg: Token[]) => string): string | undefined {
  const unit = UNIT_CALLS[`${name}/${args.length}`];
  if (unit !== undefined && args[0]?.length === 1 && /^[A-Z]+$/.test(args[0][0]?.value ?? '')) {
    return fill(unit, [args[0][0]?.value ?? '', ...args.slice(1).map(write)]);
  }
  const special = SPECIAL[`${name}/${args.length}`] ?? SPECIAL[`${name}/n`];
  if (special !== undefined) return special(args, write);
  const template = TEMPLATES[`${name}/${args.length}`] ?? TEMPLATES[`${name}/n`];
  return template === undefined ? undefined : fill(template, args.map(write));
}

type Special = (args: Token[][], write: (arg: Token[]) => string) => string | undefined;

const SPECIAL: Record<string, Special> = {
  'date_format/2': (args, write) =>
    withPattern(args[1], (pattern) => `strftime(CAST(${write(args[0] as Token[])} AS TIMESTAMP), ${pattern})`),
  'to_date/2': (args, write) =>
    withPattern(args[1], (pattern) => `CAST(strptime(${write(args[0] as Token[])}, ${pattern}) AS DATE)`),
  'to_timestamp/2': (args, write) =>
    withPattern(args[1], (pattern) => `CAST(strptime(${write(args[0] as Token[])}, ${pattern}) AS TIMESTAMP)`),
  'from_unixtime/2': (args, write) =>
    withPattern(
      args[1],
      (pattern) => `strftime(make_timestamp(CAST(${write(args[0] as Token[])} * 1000000 AS BIGINT)), ${pattern})`,
    ),
  // A schema that is a literal type; what does not fit is NULL, as with Databricks' PERMISSIVE mode
  'from_json/2': ([value, schema], write) =>
    schema?.length === 1 && schema[0]?.kind === 'string'
      ? `TRY_CAST(TRY_CAST(${write(value as Token[])} AS JSON) AS ${duckType(schema[0].value)})`
      : undefined,
  'named_struct/n': (args, write) => {
    const fields: string[] = [];
    for (let at = 0; at + 1 < args.length; at += 2) {
      fields.push(`"${(args[at]?.[0]?.value ?? '').replaceAll('"', '""')}" := ${write(args[at + 1] as Token[])}`);
    }
    return `struct_pack(${fields.join(', ')})`;
  },
  'struct/n': (args, write) =>
    `struct_pack(${args.map((arg, index) => `"${arg.at(-1)?.kind === 'word' || arg.at(-1)?.kind === 'name' ? arg.at(-1)?.value.toLowerCase() : `col${index + 1}`}" := ${write(arg)}`).join(', ')})`,
  'map/n': (args, write) => {
    const texts = args.map(write);
    return `map([${texts.filter((_, index) => index % 2 === 0).join(', ')}], [${texts.filter((_, index) => index % 2 === 1).join(', ')}])`;
  },
};

const PATTERN_LETTERS: [RegExp, string][] = [
  [/^yyyy/, '%Y'],
  [/^yy/, '%y'],
  [/^MMMM/, '%B'],
  [/^MMM/, '%b'],
  [/^MM/, '%m'],
  [/^M/, '%-m'],
  [/^dd/, '%d'],
  [/^d/, '%-d'],
  [/^HH/, '%H'],
  [/^H/, '%-H'],
  [/^hh/, '%I'],
  [/^mm/, '%M'],
  [/^m/, '%-M'],
  [/^ss/, '%S'],
  [/^s/, '%-S'],
  [/^SSSSSS/, '%f'],
  [/^SSS/, '%g'],
  [/^EEEE/, '%A'],
  [/^E{1,3}/, '%a'],
  [/^a/, '%p'],
  [/^D{3}/, '%j'],
];

// Java's date patterns as strftime's; only a literal pattern can be translated
function withPattern(arg: Token[] | undefined, use: (pattern: string) => string): string | undefined {
  if (arg?.length !== 1 || arg[0]?.kind !== 'string') return undefined;
  let rest = arg[0].value;
  let pattern = '';
  while (rest !== '') {
    const quoted = /^'([^']*)'/.exec(rest);
    const letter = PATTERN_LETTERS.find(([from]) => from.test(rest));
    if (quoted !== null) {
      pattern += quoted[1]?.replaceAll('%', '%%') || "'";
      rest = rest.slice(quoted[0].length);
    } else if (letter !== undefined) {
      pattern += letter[1];
      rest = rest.replace(letter[0], '');
    } else {
      pattern += rest[0] === '%' ? '%%' : rest[0];
      rest = rest.slice(1);
    }
  }
  return use(`'${pattern.replaceAll("'", "''")}'`);
}

function fill(template: string, args: string[]): string {
  return template.replace(/\$(\d|\*)/g, (_, which: string) =>
    which === '*' ? args.join(', ') : (args[Number(which) - 1] ?? 'NULL'),
  );
}
