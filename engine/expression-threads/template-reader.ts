import { setImmediate } from 'node:timers/promises';
import { ConnectorError } from '../../connector/errors.ts';
import { escapePart } from '../../connector/json-pointer.ts';
import { type Occurrence, occurrencesOf } from '../expressions/template.ts';

/** Finds the expressions of templates; one per process. */
export interface TemplateReader {
  /**
   * Every expression of a template, with pointers from its root. Of a template that is read again they are known, so nobody may change it.
   * @throws ConnectorError ERR_EXPRESSION for a template that is too long
   */
  read(template: unknown, pointer?: string): Promise<readonly Occurrence[]>;
}

/** Characters of the texts with expressions of one step. A definition has no more as a whole; the input of a step's test could. */
const MAX_LENGTH = 1_048_576;
/** Anyone who waits for this process waits no longer for a long template. */
const SLICE_MS = 2;
/** The clock is looked at after so many. */
const LOOK_EVERY = 100;

/** Reads long templates a slice at a time. What was found is forgotten with the template. */
export function createTemplateReader(): TemplateReader {
  const known = new WeakMap<object, readonly Occurrence[]>();
  return {
    async read(template, pointer = '') {
      const key = template !== null && typeof template === 'object' ? template : undefined;
      const before = key && known.get(key);
      if (before !== undefined) return before;
      checkLength(template, pointer);
      const found: Occurrence[] = [];
      let begun = performance.now();
      for (const occurrence of occurrencesOf(template)) {
        found.push(occurrence);
        if (found.length % LOOK_EVERY > 0 || performance.now() - begun < SLICE_MS) continue;
        await setImmediate();
        begun = performance.now();
      }
      if (key !== undefined) known.set(key, found);
      return found;
    },
  };
}

function checkLength(template: unknown, pointer: string): void {
  const length = lengthOf(template);
  if (length <= MAX_LENGTH) return;
  const at = pointer + pointerOfLongest(template);
  const message = `has ${length} characters of text with expressions; the limit for a step is ${MAX_LENGTH}`;
  throw new ConnectorError('ERR_EXPRESSION', `the input ${message}`, {
    hint: 'Pass a long text on by an expression, such as {{ trigger.text }}, instead of writing it out.',
    errors: [{ pointer: at, message }],
  });
}

function pointerOfLongest(value: unknown): string {
  if (value === null || typeof value !== 'object') return '';
  const entries = Object.entries(value).map(([name, item]) => ({ name, item, length: lengthOf(item) }));
  const longest = entries.reduce((most, entry) => (entry.length > most.length ? entry : most));
  return `/${escapePart(longest.name)}${pointerOfLongest(longest.item)}`;
}

function lengthOf(value: unknown): number {
  if (typeof value === 'string') return value.includes('{{') ? value.length : 0;
  if (value === null || typeof value !== 'object') return 0;
  let length = 0;
  for (const item of Object.values(value)) length += lengthOf(item);
  return length;
}
