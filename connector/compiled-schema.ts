import type { ValidationError } from './errors.ts';
import type { JsonObject } from './json-value.ts';

/** A JSON Schema 2020-12 that was compiled once; safe to share between calls. */
export interface CompiledSchema {
  schema: JsonObject;
  /**
   * The accepted value: defaults filled in, 64-bit integers as strings of digits. The value itself is never changed;
   * it is returned as it is when nothing had to be filled in.
   * @throws ConnectorError ERR_INPUT_INVALID with the first 50 validation errors and how many there are; `what` names the
   * value in its text.
   */
  check(value: unknown, what: string): unknown;
  /** The first 50 wrong places; none when the value fits. Never throws. */
  validationErrors(value: unknown): ValidationError[];
  /** Strings of digits where the schema says int64, as number or bigint; for a value that `check` accepted. */
  toWire(value: unknown): unknown;
  /** 64-bit integers as strings, defaults filled in; what does not fit is told in `warnings` and passed on unchanged. */
  toEdge(value: unknown): { value: unknown; warnings: ValidationError[] };
}
