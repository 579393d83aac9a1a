import { add, compareDecimals, exactNumber } from './decimals.ts';
import type { Bind } from './rewrite.ts';
import { compareExact, decimalOf, isExact, losesDigits, SqlNumber, toNumber } from './sql-number.ts';

interface Signature {
  definition: string;
  validate(args: unknown[], context: unknown): unknown[];
}

/** A function of JSONata as it keeps it. */
export interface NativeFunction {
  _jsonata_function: true;
  implementation: (...args: never[]) => unknown;
  signature?: Signature;
  arity?: number;
}

type Convert = (value: unknown) => unknown;

/** One parameter: its types, what its items are, and whether it may repeat, be left out, or be the context. */
const PARAMETER = /([a-z]|\([a-z]+\))(<[^>]*>)?([-+?]?)/g;

/** What SQL numbers become for a function whose signature does not say it. */
const FIRST: Readonly<Record<string, Convert>> = {
  string: asText,
  // Asked for by name, a number may lose digits.
  number: (value) => (isExact(value) ? Number(decimalText(value)) : value),
  type: (value) => (isExact(value) ? 0 : value),
};

/** Aggregates and orders of lists that hold SQL numbers, exact. */
const OF_LISTS: Readonly<Record<string, (list: unknown[]) => unknown>> = {
  sum,
  average: (list) => (list.length === 0 ? undefined : (sum(list) as number) / list.length),
  max: (list) => list.reduce((best, item) => (compareExact(item, best)! > 0 ? item : best)),
  min: (list) => list.reduce((best, item) => (compareExact(item, best)! < 0 ? item : best)),
  sort: (list) => list.toSorted((a, b) => compareExact(a, b)!),
};

/** Gives an expression JSONata's functions so that they know SQL numbers: to each, one is what its signature asks for. */
export function bindFunctions(expression: Bind, natives: ReadonlyMap<string, NativeFunction>): void {
  for (const [name, native] of natives) expression.assign(name, knowing(name, native));
}

function knowing(name: string, native: NativeFunction): NativeFunction {
  const { signature, implementation } = native;
  if (signature === undefined) return native;
  const convert = converter(signature.definition, FIRST[name]);
  const ofList = OF_LISTS[name];
  const validate = (args: unknown[], context: unknown) => {
    if (ofList !== undefined && args.length === 1 && holdsNumbers(args[0])) return args;
    return signature.validate(convert(args), isExact(context) ? convert([context])[0] : context);
  };
  return {
    _jsonata_function: true,
    arity: implementation.length,
    signature: { definition: signature.definition, validate },
    implementation: ofList === undefined ? implementation : withLists(implementation, ofList),
  };
}

function withLists(implementation: NativeFunction['implementation'], ofList: (list: unknown[]) => unknown) {
  function withExact(this: unknown, ...args: never[]): unknown {
    const [list] = args as unknown[];
    return args.length === 1 && holdsNumbers(list) ? ofList(list) : implementation.apply(this, args);
  }
  // JSONata reads the names of parameters out of it when some are left open.
  withExact.toString = () => implementation.toString();
  return withExact;
}

/** A list of numbers only, some of them SQL numbers; one by itself is such a list, too. */
function holdsNumbers(value: unknown): value is unknown[] {
  const list = Array.isArray(value) ? value : [value];
  return Array.isArray(value) && list.some(isExact) && list.every((item) => isExact(item) || typeof item === 'number');
}

/** Turns arguments into what the parameters of a signature ask for. */
function converter(definition: string, first: Convert | undefined): (args: unknown[]) => unknown[] {
  const parameters = [...definition.slice(1).split(':')[0]!.matchAll(PARAMETER)].map(([, types, of, mark]) => ({
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
  if (types.includes('s')) return asText;
  return types.includes('n') ? toNumber : (value) => value;
}

function asText(value: unknown): unknown {
  return isExact(value) ? (value instanceof SqlNumber ? value.text : String(value)) : value;
}

function decimalText(value: SqlNumber | bigint): string {
  return value instanceof SqlNumber ? value.text : String(value);
}

function sum(list: unknown[]): number {
  for (const item of list) toNumber(item);
  const total = list.reduce((sofar: ReturnType<typeof decimalOf>, item) => add(sofar!, decimalOf(item)!), decimalOf(0));
  const exact = exactNumber(total!);
  if (exact !== undefined) return exact;
  const largest = list.filter(isExact).reduce((a, b) => (compareDecimals(decimalOf(b)!, decimalOf(a)!) > 0 ? b : a));
  return losesDigits(largest);
}
