import { canonical } from './decimals.ts';
import type { NativeFunction } from './native-function.ts';
import { decimalOf, isExact, SqlNumber } from './sql-number.ts';

/** `$distinct`: JSONata's own, but for lists with SQL numbers, which are equal when their values are. */
export function distinctWith(native: NativeFunction): NativeFunction {
  function implementation(this: unknown, ...args: unknown[]): unknown {
    const [list] = args;
    if (!Array.isArray(list) || list.length < 2 || !list.some(holdsExact))
      return native.implementation.apply(this, args as never);
    const found = new Map<string, unknown>();
    for (const item of list) {
      const key = keyOf(item);
      if (!found.has(key)) found.set(key, item);
    }
    const values = [...found.values()];
    // As everywhere in JSONata, a list that a path gave is its item when it has one.
    return 'sequence' in list && values.length === 1 ? values[0] : values;
  }
  return { ...native, implementation };
}

function holdsExact(value: unknown): boolean {
  if (isExact(value)) return true;
  return value !== null && typeof value === 'object' && Object.values(value).some(holdsExact);
}

/** The same text for equal values, and for no others. */
function keyOf(value: unknown): string {
  if (isExact(value) || typeof value === 'number') {
    const decimal = decimalOf(value);
    return decimal === undefined ? String(value) : `n${canonical(decimal)}`;
  }
  if (value === null || typeof value !== 'object' || value instanceof SqlNumber) return JSON.stringify(value) ?? '';
  if (Array.isArray(value)) return `[${value.map(keyOf).join(',')}]`;
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${keyOf((value as Record<string, unknown>)[name])}`).join(',')}}`;
}
