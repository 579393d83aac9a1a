import { add, compareDecimals, exactNumber } from './decimals.ts';
import { distinctWith } from './distinct.ts';
import { checkItems, checkSizes, MAX_ITEMS } from './limits.ts';
import type { NativeFunction } from './native-function.ts';
import { refuseResult, refuseValues } from './refused-values.ts';
import type { Bind } from './rewrite.ts';
import { compareExact, decimalOf, isExact, losesDigits, SqlNumber, toNumber } from './sql-number.ts';

type Convert = (value: unknown) => unknown;

/** One parameter: its types, what its items are, and whether it may repeat, be left out, or be the context. */
const PARAMETER = /([a-z]|\([a-z]+\))(<[^>]*>)?([-+?]?)/g;
/** The part of a signature before its result, which is after the colon that no brackets are around. */
const PARAMETERS = /^<((?:<[^>]*>|[^<>:])*)/;

/** What SQL numbers become for a function whose signature does not say it. */
const FIRST: Readonly<Record<string, Convert>> = {
  string: asText,
  // Asked for by name, a number may lose digits.
  number: (value) => (isExact(value) ? Number(decimalText(value)) : value),
  type: asNoObject,
  keys: asNoObject,
};

/** Aggregates and orders of lists that hold SQL numbers, exact. */
const OF_LISTS: Readonly<Record<string, (list: unknown[]) => unknown>> = {
  sum,
  average: (list) => (toNumber(sum(list)) as number) / list.length,
  max: (list) => list.reduce((best, item) => (compareExact(item, best)! > 0 ? item : best)),
  min: (list) => list.reduce((best, item) => (compareExact(item, best)! < 0 ? item : best)),
  sort: (list) => list.toSorted((a, b) => compareExact(a, b)!),
};

/** Gives an expression JSONata's functions so that they know SQL numbers: to each, one is what its signature asks for. */
export function bindFunctions(expression: Bind, natives: ReadonlyMap<string, NativeFunction>): void {
  for (const [name, native] of natives) expression.assign(name, knowing(name, native));
  expression.assign('distinct', distinctWith(natives.get('distinct')!));
  expression.assign('split', knowing('split', splitWith(natives.get('split')!)));
  expression.assign('now', knowing('now', nowWith(natives.get('now')!, natives.get('fromMillis')!)));
  for (const name of ['parseInteger', 'toMillis'])
    expression.assign(name, knowing(name, withSoundResult(name, natives.get(name)!)));
  expression.assign('clone', { ...natives.get('clone'), implementation: clone });
}

/** A text has as many parts as it has characters, and all are made at once. */
function splitWith(native: NativeFunction): NativeFunction {
  async function implementation(this: unknown, ...args: unknown[]): Promise<unknown> {
    const [text, separator, limit] = args;
    // JavaScript takes a limit of 2^32 for none at all.
    const most = typeof limit === 'number' && limit <= MAX_ITEMS ? limit : MAX_ITEMS + 1;
    const parts = (await native.implementation.apply(this, [text, separator, most] as never)) as unknown[] | undefined;
    if (most > MAX_ITEMS && parts !== undefined) checkItems('$split', parts.length);
    return parts;
  }
  return { ...native, implementation };
}

/** What JSONata gives to a function as `this`, as far as it tells the time of the evaluation. */
interface Timed {
  environment: { timestamp: Date };
}

/** JSONata binds `$now` to each expression; it is the same as `$fromMillis` of the time of the evaluation. */
function nowWith(native: NativeFunction, fromMillis: NativeFunction): NativeFunction {
  function implementation(this: Timed, picture?: string, zone?: string): unknown {
    return fromMillis.implementation.apply(this, [this.environment.timestamp.getTime(), picture, zone] as never);
  }
  return { ...native, implementation: implementation as NativeFunction['implementation'] };
}

function withSoundResult(name: string, native: NativeFunction): NativeFunction {
  function implementation(this: unknown, text: never, picture: never): unknown {
    return refuseResult(name, native.implementation.call(this, text, picture));
  }
  implementation.toString = () => native.implementation.toString();
  return { ...native, implementation };
}

/** A transform changes a copy, whose numbers are as they were. */
function clone(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(clone);
  if (value === null || typeof value !== 'object' || value instanceof SqlNumber) return value;
  if ('_jsonata_lambda' in value || '_jsonata_function' in value) return '';
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, clone(item)]));
}

function knowing(name: string, native: NativeFunction): NativeFunction {
  const { signature, implementation } = native;
  if (signature === undefined) return native;
  const convert = converter(signature.definition, FIRST[name]);
  const ofList = OF_LISTS[name];
  const validate = (args: unknown[], context: unknown) => {
    if (ofList !== undefined && args.length === 1) {
      const list = listOf(args[0]);
      if (holdsNumbers(list)) return [list];
      if (AGGREGATES.has(name) && args[0] !== undefined) refuseOthers(name, list);
    }
    const valid = signature.validate(convert(args), isExact(context) ? convert([context])[0] : context);
    checkSizes(name, valid as unknown[]);
    refuseValues(name, valid as unknown[]);
    return valid;
  };
  return {
    _jsonata_function: true,
    arity: implementation.length,
    signature: { definition: signature.definition, validate },
    implementation: ofList === undefined ? implementation : withLists(implementation, ofList),
  };
}

/** Of lists of numbers only. */
const AGGREGATES: ReadonlySet<string> = new Set(['sum', 'average', 'max', 'min']);

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value];
}

function refuseOthers(name: string, list: readonly unknown[]): void {
  const at = list.findIndex((item) => !isExact(item) && typeof item !== 'number');
  if (at >= 0) throw { code: 'T0412', token: name, value: list[at] };
}

function withLists(implementation: NativeFunction['implementation'], ofList: (list: unknown[]) => unknown) {
  function withExact(this: unknown, ...args: never[]): unknown {
    const [list] = args as unknown[];
    return args.length === 1 && holdsNumbers(list) ? ofList(list as unknown[]) : implementation.apply(this, args);
  }
  // JSONata reads the names of parameters out of it when some are left open.
  withExact.toString = () => implementation.toString();
  return withExact;
}

/** A list of numbers only, some of them SQL numbers. */
function holdsNumbers(value: unknown): boolean {
  if (!Array.isArray(value)) return false;
  return value.some(isExact) && value.every((item) => isExact(item) || typeof item === 'number');
}

/** Turns arguments into what the parameters of a signature ask for. */
function converter(definition: string, first: Convert | undefined): (args: unknown[]) => unknown[] {
  const parameters = [...PARAMETERS.exec(definition)![1]!.matchAll(PARAMETER)].map(([, types, of, mark]) => ({
    convert: conversionOf(types!, of ?? ''),
    isContext: mark === '-',
    isOptional: mark === '?',
  }));
  const required = parameters.filter(({ isOptional }) => !isOptional).length;
  return (args) => {
    // Left out, the first is the context.
    const skipped = parameters[0]?.isContext === true && args.length < required ? 1 : 0;
    return args.map((arg, i) => {
      if (i === 0 && skipped === 0 && first !== undefined) return first(arg);
      return (parameters[i + skipped] ?? parameters.at(-1))?.convert(arg) ?? arg;
    });
  };
}

function conversionOf(types: string, of: string): Convert {
  if (types === 'a' && of === '<n>') return (value) => (Array.isArray(value) ? value.map(toNumber) : toNumber(value));
  if (types === 'a' && of === '<s>') return (value) => (Array.isArray(value) ? value.map(asText) : asText(value));
  if (types === 'a' && of === '<o>')
    return (value) => (Array.isArray(value) ? value.map(asNoObject) : asNoObject(value));
  if (types.includes('s')) return asText;
  if (types.includes('n')) return toNumber;
  return types === 'o' ? asNoObject : (value) => value;
}

/** It is no object, whatever JavaScript says: a signature that asks for one refuses the number. */
function asNoObject(value: unknown): unknown {
  return isExact(value) ? 0 : value;
}

function asText(value: unknown): unknown {
  return isExact(value) ? (value instanceof SqlNumber ? value.text : String(value)) : value;
}

function decimalText(value: SqlNumber | bigint): string {
  return value instanceof SqlNumber ? value.text : String(value);
}

function sum(list: unknown[]): SqlNumber {
  for (const item of list) toNumber(item);
  const total = list.reduce((sofar: ReturnType<typeof decimalOf>, item) => add(sofar!, decimalOf(item)!), decimalOf(0));
  const exact = exactNumber(total!);
  if (exact !== undefined) return new SqlNumber(total!, exact);
  const largest = list.filter(isExact).reduce((a, b) => (compareDecimals(decimalOf(b)!, decimalOf(a)!) > 0 ? b : a));
  return losesDigits(largest);
}
