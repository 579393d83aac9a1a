import { expressionsOf, nameOf, type Token } from './references.ts';

/** What is being typed at a place of a text with expressions. */
export interface TypedPath {
  /** `$function` and variables, or a name of a path. */
  kind: 'variable' | 'name';
  /** The names before, from the root: `steps.query.` has two. */
  names: readonly string[];
  /** Inside a filter, `rows[…]`: the path whose items are filtered. Their members can be named without it. */
  context: readonly string[] | undefined;
  /** Where the name begins in the text. */
  from: number;
}

/** Undefined outside of expressions, in a text, a comment or a number, and after what is no path, such as a call. */
export function typedPathAt(template: string, at: number): TypedPath | undefined {
  for (const { tokens, start, end } of expressionsOf(template)) {
    if (at < start || at > end) continue;
    const before = tokens.filter((token) => token.start < at);
    const last = before.at(-1);
    const isTyped = last !== undefined && last.start + last.text.length >= at;
    const isName = last?.kind === 'name' || last?.kind === 'variable';
    if (isTyped && last.kind !== 'operator' && !isName) return undefined;
    const rest = isTyped && isName ? before.slice(0, -1) : before;
    const from = isTyped && isName ? last.start : at;
    if (isTyped && last.kind === 'variable') return { kind: 'variable', names: [], context: undefined, from };
    const context = contextOf(rest);
    if (rest.at(-1)?.text !== '.') return { kind: 'name', names: [], context, from };
    const path = pathTo(rest, rest.length - 2);
    return path === undefined ? undefined : { kind: 'name', ...path, context: path.context ?? context, from };
  }
  return undefined;
}

/** The path that ends with a token: names, filters and indexes. Undefined where something else is before it. */
function pathTo(
  tokens: readonly Token[],
  last: number,
): { names: string[]; context?: readonly string[] | undefined } | undefined {
  const names: string[] = [];
  for (let at = last; at >= 0; at -= 2) {
    while (tokens[at]?.text === ']') at = openOf(tokens, at) - 1;
    const token = tokens[at];
    if (token === undefined) return undefined;
    if (token.text === '$$') return { names };
    if (token.text === '$') return { names, context: contextOf(tokens.slice(0, at)) };
    const name = nameOf(token);
    if (name === undefined) return undefined;
    names.unshift(name);
    if (tokens[at - 1]?.text !== '.') return { names };
  }
  return undefined;
}

/** The path before the innermost bracket that is open at the end. */
function contextOf(tokens: readonly Token[]): readonly string[] | undefined {
  let depth = 0;
  for (let at = tokens.length - 1; at >= 0; at -= 1) {
    const { text } = tokens[at]!;
    if (')]}'.includes(text)) depth += 1;
    else if ('([{'.includes(text)) {
      if (depth === 0) return text === '[' ? pathTo(tokens, at - 1)?.names : undefined;
      depth -= 1;
    }
  }
  return undefined;
}

function openOf(tokens: readonly Token[], close: number): number {
  let depth = 0;
  for (let at = close; at >= 0; at -= 1) {
    if (tokens[at]!.text === ']') depth += 1;
    if (tokens[at]!.text === '[') depth -= 1;
    if (depth === 0) return at;
  }
  return -1;
}
