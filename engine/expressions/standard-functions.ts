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

/** What a syntax tree uses and nothing defines. */
export interface Unknown {
  /** Functions that it calls: `$name`, or a name that lacks its `$`. */
  functions: string[];
  /** Variables that it reads, without their `$`. */
  variables: string[];
}

/** What neither JSONata nor the expression gives to anything. */
export function unknownNames(ast: unknown): Unknown {
  const found: Found = { defined: new Set(STANDARD_FUNCTIONS), called: new Set(), bare: new Set(), read: new Set() };
  visit(ast, found);
  const isUnknown = (name: string) => !found.defined.has(name);
  const called = [...found.called].filter(isUnknown);
  return {
    functions: [...called.map((name) => `$${name}`), ...found.bare],
    variables: [...found.read].filter((name) => isUnknown(name) && !called.includes(name)),
  };
}

interface Found {
  defined: Set<string>;
  called: Set<string>;
  bare: Set<string>;
  read: Set<string>;
}

function visit(node: unknown, found: Found): void {
  if (node === null || typeof node !== 'object') return;
  const { type, value, lhs, arguments: given, procedure, focus, index } = node as Node;
  if (type === 'bind') found.defined.add(String((lhs as Node).value));
  if (type === 'lambda') for (const parameter of given as Node[]) found.defined.add(String(parameter.value));
  // `@$name` and `#$name` of a step.
  for (const name of [focus, index]) if (typeof name === 'string') found.defined.add(name);
  if (type === 'variable' && typeof value === 'string' && value !== '' && value !== '$') found.read.add(value);
  if (type === 'function' || type === 'partial') addCall(procedure as Node, found);
  for (const child of Object.values(node)) visit(child, found);
}

/** Values are no functions, so a name that is called is one without its `$`. */
function addCall(procedure: Node, { called, bare }: Found): void {
  const { type, value, steps } = procedure as Node & { steps?: Node[] };
  if (type === 'variable' && typeof value === 'string' && value !== '' && value !== '$') called.add(value);
  const last = type === 'path' ? steps?.at(-1) : undefined;
  if (last?.type === 'name') bare.add(String(last.value));
}
