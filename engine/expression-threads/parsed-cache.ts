import type { Failure } from '../expressions/batch.ts';
import type { ParsedExpression } from '../expressions/parse.ts';

/** What is known of expressions by their source; the one that was used last stays longest. */
export interface ParsedCache {
  get(source: string): ParsedExpression | Failure | undefined;
  set(source: string, parsed: ParsedExpression | Failure): void;
}

/** Characters of all sources. What is known of one is about as large as its source. */
const MAX_CHARACTERS = 1_000_000;
/** What an entry takes beside its source. */
const ENTRY_CHARACTERS = 300;

/** A cache that is bounded by its size, whatever is in it. */
export function createParsedCache(): ParsedCache {
  const known = new Map<string, ParsedExpression | Failure>();
  let characters = 0;
  return {
    get(source) {
      const found = known.get(source);
      if (found === undefined) return undefined;
      known.delete(source);
      known.set(source, found);
      return found;
    },
    set(source, parsed) {
      if (!known.has(source)) characters += source.length + ENTRY_CHARACTERS;
      known.set(source, parsed);
      for (const oldest of known.keys()) {
        if (characters <= MAX_CHARACTERS) return;
        known.delete(oldest);
        characters -= oldest.length + ENTRY_CHARACTERS;
      }
    },
  };
}
