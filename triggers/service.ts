import type { ValidationError } from '../connector/errors.ts';
import type { JsonObject } from '../connector/manifest.ts';
import type { Position } from './position.ts';
import type { Reader } from './source.ts';
import type { Warning } from './warning.ts';

declare module '../connector/service.ts' {
  interface Service {
    /** Ways in which a trigger's `reader` detects new records, beside `rows` and `listing`; one of these names replaces the general one. */
    readonly readers?: Readonly<Record<string, Reader>>;
    /** The input of a trigger as it is stored: names written in one way. Given before its schema has checked it. */
    normalizeTriggerInput?(input: JsonObject): JsonObject;
    /** What the schema of a polling trigger cannot say of its input; pointers are into the input. */
    triggerInputErrors?(input: JsonObject): ValidationError[];
    /** What a person should know of an input that is accepted, and of what was read with it; pointers are into the workflow. */
    triggerWarnings?(input: JsonObject, position: Position | null): Warning[];
  }
}
