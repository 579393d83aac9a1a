/** Validation errors that a validator keeps; a person reads the first few, and each one holds a path. */
const MAX_KEPT = 500;

/** A validator function of Ajv after `boundErrors`. */
export interface BoundedValidator {
  (value: unknown): boolean;
  /** At most 500. */
  errors?: unknown[] | null;
  /** How many there were, kept or not. */
  total?: number;
}

/** What Ajv generates for an error, for the end of a branch, for a reference, and for the end of a validator. */
const REWRITES: readonly [generated: RegExp, bounded: string][] = [
  [/\{vErrors\.push\((\w+)\);\}/g, `if(vErrors.length<${MAX_KEPT}){vErrors.push($1);}`],
  [/vErrors\.length = (_errs\d+);/g, 'vErrors.length = Math.min(vErrors.length,$1);'],
  [
    /vErrors = vErrors === null \? ([\w.]+)\.errors : vErrors\.concat\(\1\.errors\);errors = vErrors\.length;/g,
    `vErrors = vErrors === null ? $1.errors : vErrors.length<${MAX_KEPT} ? vErrors.concat($1.errors).slice(0,${MAX_KEPT}) : vErrors;errors += $1.total;`,
  ],
  [/\b(\w+)\.errors = vErrors;/g, '$1.errors = vErrors;$1.total = errors;'],
];

/**
 * The code of a generated validator with a bound on the errors it keeps, and the count of all of them beside it. Ajv with
 * `allErrors` keeps every one, and copies all of them again at each `$ref`: a list of a million wrong items would take
 * gigabytes. For Ajv's option `code.process`.
 * @throws Error when Ajv generates something else than what is rewritten here
 */
export function boundErrors(code: string): string {
  const bounded = REWRITES.reduce((text, [generated, replacement]) => text.replaceAll(generated, replacement), code);
  if (
    /else \{vErrors\.push|errors = vErrors\.length|\.length = _errs/.test(bounded) ||
    !bounded.includes('.total = errors')
  ) {
    throw new Error('the generated validator has another form than connector/bounded-errors.ts knows');
  }
  return bounded;
}
