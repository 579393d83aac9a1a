interface Node {
  type?: string;
  value?: unknown;
  [key: string]: unknown;
}

/** JSONata's functions, without their `$`. */
export const STANDARD_FUNCTIONS: readonly string[] = (
  'sum count max min average string substring substringBefore substringAfter lowercase uppercase length ' +
  'trim pad match contains replace split join formatNumber formatBase formatInteger parseInteger number ' +
  'floor ceil round abs sqrt power random boolean not map zip filter ' +
  'single reduce sift keys lookup append exists spread merge reverse each error ' +
  'assert type sort shuffle distinct base64encode base64decode encodeUrlComponent encodeUrl decodeUrlComponent decodeUrl eval ' +
  'toMillis fromMillis clone now millis'
).split(' ');

/** Functions that a syntax tree calls by a name that neither JSONata nor the expression gives to anything. */
export function unknownCalls(ast: unknown): string[] {
  const defined = new Set(STANDARD_FUNCTIONS);
  const called = new Set<string>();
  visit(ast, defined, called);
  return [...called].filter((name) => !defined.has(name));
}

function visit(node: unknown, defined: Set<string>, called: Set<string>): void {
  if (node === null || typeof node !== 'object') return;
  const { type, lhs, arguments: given, procedure, focus, index } = node as Node;
  if (type === 'bind') defined.add(String((lhs as Node).value));
  if (type === 'lambda') for (const parameter of given as Node[]) defined.add(String(parameter.value));
  // `@$name` and `#$name` of a step.
  for (const name of [focus, index]) if (typeof name === 'string') defined.add(name);
  const name = (procedure as Node | undefined)?.value;
  const isCall = type === 'function' && (procedure as Node).type === 'variable';
  if (isCall && typeof name === 'string' && name !== '' && name !== '$') called.add(name);
  for (const child of Object.values(node)) visit(child, defined, called);
}
