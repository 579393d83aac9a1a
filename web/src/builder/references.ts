import { isObject } from './document.ts';

/** A piece of an expression; `start` is where it begins in the text that it is in. */
export interface Token {
  kind: 'name' | 'variable' | 'text' | 'number' | 'regex' | 'comment' | 'operator';
  text: string;
  start: number;
}

const SPACE = ' \t\n\r\v';
const OPERATORS = '.[]{}(),@#;:?+-*/%|=<>^&!~';

/** The tokens of the JSONata in a text from `start` to the `}}` that ends it, or to the end; `end` is where that is. */
function tokensOf(text: string, start: number): { tokens: Token[]; end: number; isClosed: boolean } {
  const tokens: Token[] = [];
  let depth = 0;
  let at = start;
  const add = (kind: Token['kind'], end: number) => {
    tokens.push({ kind, text: text.slice(at, end), start: at });
    at = end;
  };
  while (at < text.length) {
    const char = text[at]!;
    if (depth === 0 && char === '}' && text[at + 1] === '}') return { tokens, end: at, isClosed: true };
    if (SPACE.includes(char)) at += 1;
    else if (text.startsWith('/*', at)) add('comment', after(text, '*/', at + 2));
    else if (char === '/' && !endsOperand(tokens)) add('regex', endOfRegex(text, at + 1));
    else if (char === '"' || char === "'") add('text', endOfText(text, char, at + 1));
    else if (char === '`') add('name', after(text, '`', at + 1));
    else if (OPERATORS.includes(char)) {
      if (char === '{') depth += 1;
      if (char === '}' && depth > 0) depth -= 1;
      add('operator', at + 1);
    } else {
      let end = at + 1;
      while (end < text.length && !SPACE.includes(text[end]!) && !OPERATORS.includes(text[end]!)) end += 1;
      const isNumber = char >= '0' && char <= '9';
      add(char === '$' ? 'variable' : isNumber ? 'number' : 'name', end);
    }
  }
  return { tokens, end: text.length, isClosed: false };
}

/** Where the expressions of a text are: after `{{`, which a single backslash makes literal. */
export function* expressionsOf(text: string): Generator<{ tokens: Token[]; start: number; end: number }> {
  for (let open = text.indexOf('{{'); open >= 0; ) {
    let slashes = 0;
    while (text[open - 1 - slashes] === '\\') slashes += 1;
    if (slashes % 2 === 1) {
      open = text.indexOf('{{', open + 2);
      continue;
    }
    const { tokens, end } = tokensOf(text, open + 2);
    yield { tokens, start: open + 2, end };
    open = text.indexOf('{{', end + 2);
  }
}

/**
 * A value whose expressions name steps by other ids: `steps.OLD`, `$$.steps.OLD` and `run.approvals.OLD`. `left` counts the
 * expressions in which an old id still stands, as a name or a text, in a way that cannot be followed.
 */
export function renameReferences(value: unknown, ids: ReadonlyMap<string, string>): { value: unknown; left: number } {
  let left = 0;
  const walk = (at: unknown): unknown => {
    if (typeof at === 'string') return at.includes('{{') ? renameInText(at) : at;
    if (Array.isArray(at)) return mapSame(at, walk);
    if (!isObject(at)) return at;
    const entries = Object.entries(at);
    const walked = entries.map(([name, item]) => [name, walk(item)] as const);
    return walked.every(([, item], i) => item === entries[i]![1]) ? at : Object.fromEntries(walked);
  };
  const renameInText = (text: string): string => {
    let changed = '';
    let copied = 0;
    for (const { tokens } of expressionsOf(text)) {
      let isLeft = false;
      const readsSteps = tokens.some((token) => nameOf(token) === 'steps');
      for (const [i, token] of tokens.entries()) {
        const name = nameOf(token);
        const next = name === undefined ? undefined : ids.get(name);
        if (next !== undefined && isReference(tokens, i)) {
          changed += text.slice(copied, token.start) + next;
          copied = token.start + token.text.length;
        } else if (readsSteps && tokens[i - 1]?.text !== '.' && ids.has(name ?? textOf(token) ?? '')) isLeft = true;
      }
      if (isLeft) left += 1;
    }
    return changed + text.slice(copied);
  };
  return { value: walk(value), left };
}

/** The ids that expressions of a value read as `steps.ID`. */
export function referencedSteps(value: unknown): Set<string> {
  const found = new Set<string>();
  const walk = (at: unknown): void => {
    if (typeof at === 'string') {
      for (const { tokens } of expressionsOf(at)) {
        for (const [i, token] of tokens.entries()) if (isReference(tokens, i)) found.add(nameOf(token)!);
      }
    } else if (at !== null && typeof at === 'object') for (const item of Object.values(at)) walk(item);
  };
  walk(value);
  return found;
}

/** The names that expressions of a text read at the root, such as `trigger`; `steps *` where they read all steps at once. */
export function rootsOf(template: string): Set<string> {
  const roots = new Set<string>();
  for (const { tokens } of expressionsOf(template)) {
    for (const [i, token] of tokens.entries()) {
      const name = nameOf(token);
      const isBelow = tokens[i - 1]?.text === '.' && !['$', '$$'].includes(tokens[i - 2]?.text ?? '');
      if (name === undefined || isBelow) continue;
      const isOne = tokens[i + 1]?.text === '.' && tokens[i + 2]?.kind === 'name';
      roots.add(name === 'steps' && !isOne ? 'steps *' : name);
    }
  }
  return roots;
}

/** Whether the token is the id in `steps.ID` or `run.approvals.ID`, read from the root. */
function isReference(tokens: readonly Token[], at: number): boolean {
  if (tokens[at]!.kind !== 'name') return false;
  const back = (by: number) => tokens[at - by];
  const isDot = (by: number) => back(by)?.text === '.';
  const name = (by: number) => (back(by) === undefined ? undefined : nameOf(back(by)!));
  const isRoot = (by: number) => !isDot(by) || back(by + 1)?.text === '$$' || back(by + 1)?.text === '$';
  if (!isDot(1)) return false;
  if (name(2) === 'steps') return isRoot(3);
  return name(2) === 'approvals' && isDot(3) && name(4) === 'run' && isRoot(5);
}

export function nameOf({ kind, text }: Token): string | undefined {
  if (kind !== 'name') return undefined;
  return text.startsWith('`') ? text.slice(1, -1) : text;
}

function textOf({ kind, text }: Token): string | undefined {
  return kind === 'text' ? text.slice(1, -1) : undefined;
}

function endsOperand(tokens: readonly Token[]): boolean {
  const last = tokens.findLast(({ kind }) => kind !== 'comment');
  if (last === undefined) return false;
  if (last.kind === 'operator') return ')]}'.includes(last.text);
  return !(last.kind === 'name' && ['and', 'or', 'in'].includes(last.text));
}

function after(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  return found < 0 ? text.length : found + mark.length;
}

function endOfText(text: string, quote: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === quote) return at + 1;
  }
  return text.length;
}

function endOfRegex(text: string, from: number): number {
  let at = from;
  for (; at < text.length && text[at] !== '/'; at += 1) if (text[at] === '\\') at += 1;
  at = Math.min(at + 1, text.length);
  while (text[at] === 'i' || text[at] === 'm') at += 1;
  return at;
}

function mapSame(list: readonly unknown[], change: (item: unknown) => unknown): readonly unknown[] {
  const changed = list.map(change);
  return changed.every((item, i) => item === list[i]) ? list : changed;
}
