import { globSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { type Node, parse } from 'acorn';

/** A regular expression of the project, and where it stands. */
export interface FoundRegex {
  file: string;
  line: number;
  source: string;
  flags: string;
}

const CODE = '{connector,actions,triggers,engine,api,cli,scripts,bench,emulator}/**/*.{ts,mjs}';
const MANIFESTS = 'manifests/**/*.json';
/** Every regular expression that is written down: literals, `new RegExp('…')`, and patterns of schemas and manifests. */
export function findRegexes(root: string): FoundRegex[] {
  const code = globSync(CODE, { cwd: root }).flatMap((file) => ofCode(file, readFileSync(join(root, file), 'utf8')));
  const manifests = globSync(MANIFESTS, { cwd: root }).flatMap((file) =>
    ofJson(file, JSON.parse(readFileSync(join(root, file), 'utf8'))),
  );
  return [...code, ...manifests];
}

function ofCode(file: string, text: string): FoundRegex[] {
  // Types are overwritten with spaces, so that lines stay.
  const code = file.endsWith('.ts') ? stripTypeScriptTypes(text, { mode: 'strip' }) : text;
  const found: FoundRegex[] = [];
  const program = parse(code, {
    ecmaVersion: 'latest',
    sourceType: 'module',
    locations: true,
    allowHashBang: true,
  });
  visit(program, (node) => {
    const regex = regexOf(node);
    if (regex !== undefined) found.push({ file, line: node.loc!.start.line, ...regex });
  });
  return found;
}

// biome-ignore lint/suspicious/noExplicitAny: the many kinds of syntax nodes are told apart by their fields
function regexOf(node: any): { source: string; flags: string } | undefined {
  if (node.type === 'Literal' && node.regex !== undefined) {
    return { source: node.regex.pattern, flags: node.regex.flags };
  }
  if (node.type === 'NewExpression' && node.callee.name === 'RegExp' && typeof node.arguments[0]?.value === 'string') {
    return { source: node.arguments[0].value, flags: node.arguments[1]?.value ?? '' };
  }
  const isPattern = node.type === 'Property' && (node.key.name ?? node.key.value) === 'pattern';
  if (isPattern && typeof node.value?.value === 'string') return { source: node.value.value, flags: 'u' };
  return undefined;
}

function visit(node: Node, see: (node: Node) => void): void {
  see(node);
  for (const child of Object.values(node).flat()) {
    if (child !== null && typeof child === 'object' && typeof (child as Node).type === 'string') {
      visit(child as Node, see);
    }
  }
}

/** `pattern` of a schema and `when.message` of an error rule, with the flags that `connector/` compiles them with. */
function ofJson(file: string, value: unknown, path: readonly string[] = []): FoundRegex[] {
  if (typeof value === 'string') {
    const flags = path.at(-1) === 'pattern' ? 'u' : path.slice(-2).join('.') === 'when.message' ? 'iu' : undefined;
    return flags === undefined ? [] : [{ file, line: 1, source: value, flags }];
  }
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, inner]) => ofJson(file, inner, [...path, name]));
}
