/** The values that names lead to in each of the values, as JSONata joins them: what is not there is left out, lists are joined. */
export function gatherAll(values: readonly unknown[], names: readonly string[]): unknown[] {
  const found: unknown[] = [];
  for (const value of values) gather(value, names, found);
  return found;
}

function gather(value: unknown, names: readonly string[], found: unknown[]): void {
  if (Array.isArray(value)) {
    for (const item of value) gather(item, names, found);
    return;
  }
  const [name, ...rest] = names;
  if (value === null || typeof value !== 'object' || !Object.hasOwn(value, name!)) return;
  const next = (value as Record<string, unknown>)[name!];
  if (rest.length > 0) gather(next, rest, found);
  else if (Array.isArray(next)) for (const item of next) found.push(item);
  else if (next !== undefined) found.push(next);
}
