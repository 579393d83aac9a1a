import { type Conversion, MAX_DEPTH, type Place } from './conversion.ts';
import { isNode, type Node } from './description.ts';
import { targetOf } from './pointer.ts';

/** The node at the end of its references. */
export function follow(
  of: Conversion,
  given: unknown,
  { at, refs }: Place,
): { node: Node | undefined; refs: readonly string[] } {
  let node = given;
  let seen = refs;
  while (isNode(node) && typeof node.$ref === 'string') {
    const { $ref: ref, ...beside } = node;
    if (!ref.startsWith('#')) {
      of.note(at, `refers to another file, "${ref.slice(0, 200)}", and is any JSON`);
      return { node: undefined, refs };
    }
    if (seen.includes(ref)) {
      of.note(at, `contains itself ("${ref}"), and is any JSON from there on`);
      return { node: undefined, refs };
    }
    seen = [...seen, ref];
    const target = targetOf(of.root, ref);
    if (target === undefined) of.note(at, `refers to "${ref}", which is not there, and is any JSON`);
    node = isNode(target) && Object.keys(beside).length > 0 ? { ...target, ...beside } : target;
  }
  return { node: isNode(node) ? node : undefined, refs: seen };
}

/** The schema with its `allOf` in it: properties and required fields together, of other keywords the first. */
export function merged(of: Conversion, node: Node, place: Place): { schema: Node; refs: readonly string[] } {
  if (!Array.isArray(node.allOf)) return { schema: node, refs: place.refs };
  const { allOf, ...own } = node;
  let schema: Node = own;
  let refs = place.refs;
  for (const part of allOf as unknown[]) {
    const found = follow(of, part, place);
    of.left -= 1;
    if (found.node === undefined || place.depth > MAX_DEPTH || of.left < 0) continue;
    const inner = merged(of, found.node, { ...place, refs: found.refs, depth: place.depth + 1 });
    refs = [...new Set([...refs, ...inner.refs])];
    schema = joined(schema, inner.schema);
  }
  return { schema, refs };
}

export function joined(one: Node, other: Node): Node {
  const both: Node = { ...other, ...one };
  if (isNode(one.properties) || isNode(other.properties))
    both.properties = { ...(other.properties as Node | undefined), ...(one.properties as Node | undefined) };
  const required = [one.required, other.required].flatMap((names) => (Array.isArray(names) ? names : []));
  if (required.length > 0) both.required = [...new Set(required)];
  return both;
}
