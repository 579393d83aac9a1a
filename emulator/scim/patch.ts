import { invalid } from '../errors.ts';
import { isObject } from '../json.ts';
import { parseFilter } from './filter.ts';

/** One operation of a SCIM PATCH. */
export interface PatchOperation {
  op: 'add' | 'remove' | 'replace';
  path?: string;
  value?: unknown;
}

type Resource = Record<string, unknown>;

/**
 * Applies operations to a copy of a resource: what is not named stays.
 * A path is an attribute (`displayName`), a part of one (`name.givenName`), or chosen entries (`members[value eq "1"]`); without one the value is an object of attributes.
 * @throws ApiError INVALID_PARAMETER_VALUE naming the operation that cannot be applied.
 */
export function applyPatch(resource: Resource, operations: PatchOperation[], known: string[]): Resource {
  const result = structuredClone(resource);
  for (const [index, operation] of operations.entries()) {
    if (operation.op === undefined) throw invalid(`Operations[${index}] has no 'op'.`);
    if (operation.op !== 'remove' && operation.value === undefined)
      throw invalid(`Operations[${index}] (${operation.op}) has no 'value'.`);
    if (operation.path === undefined) applyWhole(result, operation, index, known);
    else applyPath(result, { ...operation, path: operation.path }, index, known);
  }
  return result;
}

function applyWhole(result: Resource, operation: PatchOperation, index: number, known: string[]): void {
  if (operation.op === 'remove') throw invalid(`Operations[${index}] (remove) has no 'path'.`);
  if (!isObject(operation.value))
    throw invalid(`Operations[${index}] has no 'path', so its 'value' must be an object of attributes.`);
  for (const [path, value] of Object.entries(operation.value))
    applyPath(result, { op: operation.op, path, value }, index, known);
}

function applyPath(
  result: Resource,
  operation: PatchOperation & { path: string },
  index: number,
  known: string[],
): void {
  const match = /^([\w$:]+)(?:\[(.+)\])?(?:\.(\w+))?$/.exec(operation.path.replace(/^urn:.*:(\w+)$/, '$1'));
  const name = known.find((attribute) => attribute.toLowerCase() === match?.[1]?.toLowerCase());
  if (match === null || name === undefined)
    throw invalid(`Operations[${index}] has the path '${operation.path}', which is not one of ${known.join(', ')}.`);
  const [, , filter, part] = match;
  if (filter !== undefined) {
    applyChosen(result, name, filter, part, operation);
    return;
  }
  if (part !== undefined) {
    const inner = isObject(result[name]) ? { ...(result[name] as Resource) } : {};
    if (operation.op === 'remove') delete inner[part];
    else inner[part] = operation.value;
    result[name] = inner;
    return;
  }
  const old = result[name];
  const lists = Array.isArray(old) || Array.isArray(operation.value);
  if (operation.op === 'remove') {
    // remove with a value takes those entries out of a list
    if (operation.value === undefined || !Array.isArray(old)) delete result[name];
    else result[name] = old.filter((entry) => !entriesOf(operation.value).some((gone) => keyOf(gone) === keyOf(entry)));
  } else if (operation.op === 'add' && lists) {
    const kept = Array.isArray(old) ? old : [];
    const added = entriesOf(operation.value).filter((entry) => !kept.some((other) => keyOf(other) === keyOf(entry)));
    result[name] = [...kept, ...added];
  } else if (operation.op === 'add' && isObject(old) && isObject(operation.value))
    result[name] = { ...old, ...operation.value };
  else result[name] = lists ? entriesOf(operation.value) : operation.value;
}

function applyChosen(
  result: Resource,
  name: string,
  filter: string,
  part: string | undefined,
  operation: PatchOperation,
): void {
  const chosen = parseFilter(filter);
  const entries = (Array.isArray(result[name]) ? result[name] : []) as Resource[];
  if (operation.op === 'remove' && part === undefined) result[name] = entries.filter((entry) => !chosen(entry));
  else {
    result[name] = entries.map((entry) => {
      if (!chosen(entry)) return entry;
      if (part === undefined) return { ...entry, ...(operation.value as Resource) };
      const { [part]: _old, ...rest } = entry;
      return operation.op === 'remove' ? rest : { ...rest, [part]: operation.value };
    });
  }
}

function entriesOf(value: unknown): unknown[] {
  const list = Array.isArray(value) ? value : [value];
  return list.map((entry) => (isObject(entry) ? entry : { value: String(entry) }));
}

function keyOf(entry: unknown): string {
  return isObject(entry) ? String(entry.value ?? entry.display ?? JSON.stringify(entry)) : String(entry);
}
