import { SqlError } from '../../error.ts';
import { parseType } from '../../read-type.ts';
import {
  arrayOf,
  BIGINT,
  BINARY,
  BOOLEAN,
  DATE,
  DOUBLE,
  INT,
  isIntegral,
  isNumeric,
  isTime,
  type SparkType,
  STRING,
  TIMESTAMP,
  VARIANT,
} from '../../spark-type.ts';
import type { Call } from '../ast.ts';
import { refuse, unexpected } from '../complaints.ts';
import type { Scope, Typed } from '../scope.ts';
import type { Tools } from '../tools.ts';

/** Builds a call from its translated arguments. */
export type Build = (
  args: Typed[],
  call: Call,
  tools: Tools,
  scope: Scope,
  /** `took`: the function took care of the call's FILTER or ORDER BY by itself. */
) => { sql: string; type: SparkType; took?: 'filter' | 'order' };

/** A function that is translated. */
export interface Definition {
  kind: 'scalar' | 'aggregate' | 'window';
  least: number;
  most: number;
  build: Build;
  /** Takes care of its arguments itself: lambdas, stars. */
  raw?: boolean;
}

/** Every function that is translated, by lower-case name. */
export type Library = Map<string, Definition>;

/** Functions of texts that Databricks also has for BINARY, with BINARY as their result. */
const BINARY_TOO = new Set(['substr', 'substring', 'left', 'right', 'lpad', 'rpad', 'overlay']);

const KINDS: Record<string, SparkType> = {
  s: STRING,
  i: INT,
  l: BIGINT,
  d: DOUBLE,
  D: DATE,
  T: TIMESTAMP,
  b: BOOLEAN,
  x: BINARY,
  v: VARIANT,
};

/**
 * Adds functions: `params` has a letter for each argument (s text, i INT, l BIGINT, d DOUBLE, D DATE, T TIMESTAMP, b BOOLEAN, x BINARY,
 * n number, k integer, t date or timestamp, a array, m map, * anything), with ? when it may be left out and + when it may come again.
 * `result` is a type, =1 for that of the first argument, E1 for its items, or U for the common type of all, which all are cast to.
 * In the template $1 is an argument, $* all of them, # DISTINCT and @ what follows an aggregate's bracket.
 */
export function define(
  library: Library,
  kind: Definition['kind'],
  rows: [names: string, params: string, result: string, template: string][],
): void {
  for (const [names, params, result, template] of rows) {
    const kinds = params.split(' ').filter((part) => part !== '');
    const least = kinds.filter((part) => !part.endsWith('?')).length;
    const most = kinds.some((part) => part.endsWith('+')) ? 1000 : kinds.length;
    const build: Build = (given, call, tools) => {
      let args = given.map((arg, index) =>
        accept(arg, kinds[Math.min(index, kinds.length - 1)] as string, call, tools),
      );
      if (result === 'U' || result === 'AU') args = tools.unify(args, call.name);
      const [first] = args;
      const type =
        result === 'U'
          ? (first?.type as SparkType)
          : result === 'AU'
            ? arrayOf(first?.type ?? { k: 'void' })
            : result === '=1'
              ? (first?.type as SparkType)
              : result === 'E1'
                ? ((first as Typed).type as SparkType & { k: 'array' }).e
                : parseType(result);
      return {
        sql: fill(
          template,
          args.map((arg) => arg.sql),
        ),
        type,
      };
    };
    for (const name of names.split('|')) {
      const known = library.get(name);
      const overload: Definition = { kind, least, most, build };
      library.set(
        name,
        known === undefined
          ? overload
          : {
              kind,
              least: Math.min(known.least, least),
              most: Math.max(known.most, most),
              build: (args, call, tools, scope) =>
                (args.length >= least && args.length <= most ? build : known.build)(args, call, tools, scope),
            },
      );
    }
  }
}

/** Fills a template. */
function fill(template: string, args: string[]): string {
  return template.replaceAll(/\$(\d|\*)/g, (_, which: string) =>
    which === '*' ? args.join(', ') : (args[Number(which) - 1] ?? 'NULL'),
  );
}

function accept(arg: Typed, letter: string, call: Call, tools: Tools): Typed {
  const kind = letter[0] as string;
  const type = KINDS[kind];
  if (arg.type.k === 'binary' && BINARY_TOO.has(call.name)) throw refuse(`${call.name} of BINARY`, call);
  if (arg.type.k === 'interval' && (call.name === 'sign' || call.name === 'signum'))
    throw refuse(`${call.name} of an interval`, call);
  if (type !== undefined) return tools.coerce(arg, type, call.name);
  const { type: given } = arg;
  switch (kind) {
    case '*':
      return arg;
    case 'n':
      if (given.k === 'string' || given.k === 'void') return tools.coerce(arg, DOUBLE, call.name);
      if (isNumeric(given)) return arg;
      throw unexpected(arg, DOUBLE, call.name);
    case 'k':
      if (isIntegral(given)) return arg;
      return tools.coerce(arg, BIGINT, call.name);
    case 't':
      if (isTime(given)) return arg;
      return tools.coerce(arg, TIMESTAMP, call.name);
    case 'a':
      if (given.k === 'array') return arg;
      if (given.k === 'void') return { ...arg, sql: 'CAST(NULL AS INTEGER[])', type: arrayOf(given) };
      throw unexpected(arg, arrayOf(STRING), call.name);
    case 'm':
      if (given.k === 'map') return arg;
      throw unexpected(arg, { k: 'map', key: STRING, value: STRING }, call.name);
    default:
      throw new Error(`No such letter: ${letter}`);
  }
}

/** A call with a number of arguments that the function does not take. */
export function wrongCount(call: Call, definition: Definition): SqlError {
  const wanted =
    definition.least === definition.most ? String(definition.least) : `[${definition.least}, ${definition.most}]`;
  return new SqlError(
    'WRONG_NUM_ARGS.WITHOUT_SUGGESTION',
    '42605',
    `The \`${call.name}\` requires ${wanted} parameters but the actual number is ${call.args.length}. Please, refer to the documentation for a fix.`,
    { offset: call.at, length: call.name.length },
  );
}
