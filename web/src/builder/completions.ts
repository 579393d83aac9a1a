import { STANDARD_FUNCTIONS } from '../../../engine/expressions/standard-functions.ts';
import { type Datum, datumAt, membersOf, nameText, sampleText, typeOf } from './data.ts';
import { functionHelp } from './functions.ts';
import type { TypedPath } from './typed-path.ts';

/** One name that can be written at the cursor. */
export interface Completion {
  label: string;
  /** What is written. */
  apply: string;
  /** Its type and a sample of its value. */
  detail: string;
  info?: string;
  kind: 'function' | 'data';
}

const HELP = new Map(functionHelp({}).map((help) => [help.name, help]));
const FUNCTIONS: readonly Completion[] = STANDARD_FUNCTIONS.map((name) => {
  const help = HELP.get(name);
  const info = help === undefined ? {} : { info: `${help.signature}: ${help.text}` };
  return { label: `$${name}`, apply: `$${name}(`, detail: help?.signature ?? 'function', kind: 'function', ...info };
});

/** The steps, and `trigger`, whose data a completion needs. `items` are the steps that the items of the loop come from. */
export function neededFor({ names, context }: TypedPath, items: readonly string[]): string[] {
  const found = new Set<string>();
  for (const path of [names, context ?? []]) {
    if (path[0] === 'trigger') found.add('trigger');
    if (path[0] === 'steps' && path[1] !== undefined) found.add(path[1]);
    if (path[0] === 'item') for (const step of items) found.add(step);
  }
  return [...found];
}

/** Everything that can stand at a place: members of what is before the dot, of the filtered items, names at the root, functions. */
export function completionsAt({ kind, names, context }: TypedPath, root: Datum): Completion[] {
  if (kind === 'variable') return [...FUNCTIONS];
  const here = context === undefined ? undefined : datumAt(root, context);
  const ofContext = here === undefined ? [] : optionsOf(names.length === 0 ? here : datumAt(here, names));
  const ofRoot = optionsOf(datumAt(root, names));
  const functions = names.length === 0 ? FUNCTIONS : [];
  const seen = new Set(ofContext.map(({ label }) => label));
  return [...ofContext, ...ofRoot.filter(({ label }) => !seen.has(label)), ...functions];
}

function optionsOf(datum: Datum | undefined): Completion[] {
  if (datum === undefined) return [];
  return membersOf(datum).map(({ name, datum: member }) => ({
    label: name,
    apply: nameText(name),
    detail: [typeOf(member), sampleText(member)].filter(Boolean).join(' '),
    kind: 'data',
  }));
}
