import { typeText } from '../spark-type.ts';
import type { Call, Expr, Order, Window } from './ast.ts';

/** The name that Databricks gives a column without an alias: `count(1)`, `(a + 1)`. */
export function generatedName(e: Expr): string {
  switch (e.k) {
    case 'literal':
      return literalName(e);
    case 'column':
      return e.parts.at(-1) ?? '';
    case 'field':
      return e.e.k === 'column' ? e.name : `${generatedName(e.e)}.${e.name}`;
    case 'path':
      return e.name;
    default:
      return inner(e);
  }
}

function literalName(e: Expr & { k: 'literal' }): string {
  if (e.value === null) return 'NULL';
  if (['date', 'timestamp', 'timestamp_ntz'].includes(e.type.k)) return `${e.type.k.toUpperCase()} '${e.value}'`;
  if (e.type.k === 'binary') return `X'${e.value.toUpperCase()}'`;
  if (e.type.k === 'interval') return intervalName(e.value, e.type.text);
  if (e.type.k === 'double' || e.type.k === 'float') return javaText(Number(e.value));
  return e.value;
}

/** A double as Java writes it. */
export function javaText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value < 0 ? '-Infinity' : 'Infinity';
  const size = Math.abs(value);
  if (size === 0 || (size >= 1e-3 && size < 1e7)) return Number.isInteger(value) ? `${value}.0` : String(value);
  const [digits = '', exponent = '0'] = value.toExponential().split('e');
  return `${digits.includes('.') ? digits : `${digits}.0`}E${Number(exponent)}`;
}

function intervalName(value: string, text: string): string {
  const [months = 0, micros = 0] = value.split(':').map(Number);
  const units = text.replace('INTERVAL ', '');
  return `INTERVAL '${intervalValue(months, micros, units)}' ${units}`;
}

/** The value of an interval within its units, such as `2-3` or `1 02:03:04`. */
export function intervalValue(months: number, micros: number, units: string): string {
  const sign = months < 0 || micros < 0 ? '-' : '';
  const [first = '', last = first] = units.split(' TO ');
  if (/YEAR|MONTH/.test(units)) {
    const size = Math.abs(months);
    return (
      sign +
      (first === 'MONTH' ? size : last === 'YEAR' ? Math.trunc(size / 12) : `${Math.trunc(size / 12)}-${size % 12}`)
    );
  }
  const order = ['DAY', 'HOUR', 'MINUTE', 'SECOND'];
  const lengths = [86_400e6, 3_600e6, 60e6, 1e6];
  let left = Math.abs(micros);
  let text = '';
  for (let at = order.indexOf(first); at <= order.indexOf(last); at += 1) {
    const count = Math.trunc(left / (lengths[at] as number));
    left -= count * (lengths[at] as number);
    const shown = at === order.indexOf(first) ? String(count) : String(count).padStart(2, '0');
    text += (text === '' ? '' : at === 1 ? ' ' : ':') + shown;
  }
  let digits = String(left).padStart(6, '0');
  while (digits.endsWith('0')) digits = digits.slice(0, -1);
  if (last === 'SECOND' && left > 0) text += `.${digits}`;
  return sign + text;
}

function inner(e: Expr): string {
  const list = (items: Expr[]) => items.map(inner).join(', ');
  switch (e.k) {
    case 'column':
      return e.parts.at(-1) ?? '';
    case 'star':
      return '*';
    case 'call':
      return callName(e);
    case 'cast':
      return `CAST(${inner(e.e)} AS ${typeText(e.type).replaceAll(/DECIMAL\((\d+),(\d+)\)/g, 'DECIMAL($1,$2)')})`.replace(
        /^/,
        e.attempt ? 'TRY_' : '',
      );
    case 'binary':
      return e.op === '||'
        ? `concat(${inner(e.l)}, ${inner(e.r)})`
        : ['<>', '!='].includes(e.op)
          ? `(NOT (${inner(e.l)} = ${inner(e.r)}))`
          : `(${inner(e.l)} ${e.op === '==' ? '=' : e.op} ${inner(e.r)})`;
    case 'unary':
      return e.op === '~' ? `~${inner(e.e)}` : e.op === '+' ? `(+ ${inner(e.e)})` : `(${e.op} ${inner(e.e)})`;
    case 'is': {
      if (e.what === 'DISTINCT')
        return e.not
          ? `(${inner(e.e)} <=> ${inner(e.other as Expr)})`
          : `(NOT (${inner(e.e)} <=> ${inner(e.other as Expr)}))`;
      if (e.what === 'NULL' || e.what === 'UNKNOWN') return `(${inner(e.e)} IS ${e.not ? 'NOT ' : ''}NULL)`;
      const same = `(${inner(e.e)} <=> ${e.what.toLowerCase()})`;
      return e.not ? `(NOT ${same})` : same;
    }
    case 'in': {
      const text = `(${inner(e.e)} IN (${e.list === undefined ? 'listquery()' : list(e.list)}))`;
      return e.not ? `(NOT ${text})` : text;
    }
    case 'between': {
      const text = `between(${inner(e.e)}, ${inner(e.low)}, ${inner(e.high)})`;
      return e.not ? `(NOT ${text})` : text;
    }
    case 'like': {
      const one =
        e.op === 'LIKE'
          ? `${inner(e.e)} LIKE ${list(e.patterns)}`
          : e.op === 'ILIKE'
            ? `ilike(${inner(e.e)}, ${list(e.patterns)})`
            : `${e.op}(${inner(e.e)}, ${list(e.patterns)})`;
      const text =
        e.quantifier === undefined
          ? one
          : `like${e.quantifier === 'ALL' ? 'all' : 'any'}(${inner(e.e)}, ${list(e.patterns)})`;
      return e.not ? `(NOT ${text})` : text;
    }
    case 'case': {
      const whens = e.whens.map(
        ({ when, then }) =>
          `WHEN ${e.operand === undefined ? inner(when) : `(${inner(e.operand)} = ${inner(when)})`} THEN ${inner(then)}`,
      );
      return `CASE ${whens.join(' ')}${e.otherwise === undefined ? '' : ` ELSE ${inner(e.otherwise)}`} END`;
    }
    case 'lambda':
      return `lambdafunction(${inner(e.body)}, ${e.params.map((name) => `${name}`).join(', ')})`;
    case 'index':
      return `${inner(e.e)}[${inner(e.i)}]`;
    case 'field':
      return `${inner(e.e)}.${e.name}`;
    case 'query':
      return 'scalarsubquery()';
    case 'exists':
      return 'exists()';
    case 'tuple':
      return `struct(${list(e.items)})`;
    case 'named':
      return `${inner(e.e)} AS ${e.name}`;
    case 'path':
      return `${inner(e.e)}:${e.path.replace(/^\$\.?/, '')}`;
    default:
      return generatedName(e);
  }
}

const UPPER = new Set(['current_date', 'current_timestamp']);

function callName(e: Call): string {
  if (e.name === 'extract') return `extract(${generatedName(e.args[0] as Expr)} FROM ${inner(e.args[1] as Expr)})`;
  const renamed = RENAMED[e.name] ?? e.name;
  const args =
    e.args.length === 1 && e.args[0]?.k === 'star' && e.name === 'count'
      ? '1'
      : [...e.args.map((arg) => inner(arg)), ...unsaid(e)].join(', ');
  let text = `${renamed}(${e.distinct ? 'DISTINCT ' : ''}${args})`;
  if (UPPER.has(e.name)) text = `${e.name}()`;
  if (e.filter !== undefined) text += ` FILTER (WHERE ${inner(e.filter)})`;
  if (e.ignoreNulls) text += ' IGNORE NULLS';
  if (e.over !== undefined)
    text += typeof e.over === 'string' ? ` OVER ${e.over}` : ` OVER (${windowName(e.over, ownFrame(e))})`;
  return text;
}

/** Arguments that the name shows although they were left out. */
function unsaid(e: Call): string[] {
  if (e.name === 'lag' || e.name === 'lead') return ['1', 'NULL'].slice(Math.max(0, e.args.length - 1));
  return e.name === 'percentile' && e.args.length === 2 ? ['1'] : [];
}

const RENAMED: Record<string, string> = {
  curdate: 'current_date',
  char_length: 'char_length',
  now: 'now',
  array_agg: 'collect_list',
  approx_percentile: 'approx_percentile',
  some: 'some',
  any: 'any',
};

function orderName(order: Order): string {
  return `${inner(order.e)} ${order.desc ? 'DESC' : 'ASC'} NULLS ${order.nulls ?? (order.desc ? 'LAST' : 'FIRST')}`;
}

// functions of a place have a frame of their own, and an offset's shows in the name
function ownFrame(e: Call): string | undefined {
  if (['lag', 'lead'].includes(e.name)) {
    const offset = e.args[1] === undefined ? '1' : inner(e.args[1]);
    const at = e.name === 'lead' ? offset : offset.startsWith('-') ? offset.slice(1) : `-${offset}`;
    return `ROWS BETWEEN ${at} FOLLOWING AND ${at} FOLLOWING`;
  }
  return RANKS.has(e.name) ? 'ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW' : undefined;
}

const RANKS = new Set(['row_number', 'rank', 'dense_rank', 'percent_rank', 'ntile']);

function windowName(window: Window, own: string | undefined): string {
  const parts: string[] = [];
  if (window.partition.length > 0) parts.push(`PARTITION BY ${window.partition.map(inner).join(', ')}`);
  if (window.order.length > 0) parts.push(`ORDER BY ${window.order.map(orderName).join(', ')}`);
  const { frame } = window;
  const bound = (at: { kind: string; e?: Expr }) => (at.e === undefined ? at.kind : `${inner(at.e)} ${at.kind}`);
  if (frame !== undefined)
    parts.push(
      `${frame.unit} BETWEEN ${bound(frame.from)} AND ${frame.to === undefined ? 'CURRENT ROW' : bound(frame.to)}`,
    );
  else if (own !== undefined) parts.push(own);
  else if (window.order.length > 0) parts.push('RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW');
  else parts.push('ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING');
  return parts.join(' ');
}
