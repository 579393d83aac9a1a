import type { ValidationError } from '../../connector/errors.ts';
import type { JsonObject } from '../../connector/manifest.ts';
import { nearestNames } from '../../connector/nearest.ts';
import type { Failure } from './batch.ts';
import { explainSyntax, unknownFunction } from './explain.ts';
import type { ParsedExpression } from './parse.ts';
import { STANDARD_FUNCTIONS } from './standard-functions.ts';
import { namesWithExpressions, type Occurrence, occurrencesOf, UNCLOSED } from './template.ts';

/** What is known of the scope when a workflow is saved. */
export interface Known {
  /** Steps that may be read here, with the schema of their output where there is one. */
  steps: ReadonlyMap<string, JsonObject | undefined>;
  allSteps: readonly string[];
  variables: readonly string[];
  secrets: readonly string[];
  /** Properties of `trigger`; `undefined` when anything may be there. */
  trigger: readonly string[] | undefined;
  /** Inside a `for_each`. */
  hasItem: boolean;
  /** Inside `on_failure`, where the run has an error. */
  hasError: boolean;
  /** What is made here is shown to everybody who may see the run, so that it may hold no secret. */
  isShown?: boolean;
}

type ParseAll = (sources: string[]) => Promise<(ParsedExpression | Failure)[]>;
type Wrong = Omit<ValidationError, 'pointer'>;

/** Characters of an expression that a message shows. */
const MAX_SHOWN = 60;
/** A shorter name looks like too many others. */
const LONG_ENOUGH = 4;

/** Services have braces of their own, such as `{{job.run_id}}` or `{{secrets/scope/key}}`. */
const FOREIGN = '; for braces that the service fills, such as {{job.run_id}}, write \\{{ (in JSON "\\\\{{")';

const NAME =
  'has an expression in a name, and only values have them; make the whole object of one, as in {{ {trigger.name: 1} }}, or write \\{{ for braces that are none';

/** What `steps.ID` and `run` have. */
const STEP_FIELDS = ['output', 'status', 'error'];
const RUN_FIELDS = ['id', 'workflow', 'linked_account', 'approvals'];

/**
 * Every wrong expression in a value, with its JSON pointer, the position in the expression, and what is available: one that
 * cannot be read, a name that is not there, a step that comes later, a misspelt field of an output.
 */
export async function checkExpressions(
  value: unknown,
  pointer: string,
  by: { known: Known; parse: ParseAll },
): Promise<ValidationError[]> {
  const occurrences = [...occurrencesOf(value, pointer)];
  const names = [...namesWithExpressions(value, pointer)];
  const parsed = await by.parse(occurrences.map(({ source }) => source));
  const wrong = occurrences.flatMap((occurrence, i) =>
    checkOne(occurrence, parsed[i]!, by.known).map((validationError) => ({
      pointer: occurrence.pointer,
      code: 'ERR_EXPRESSION' as const,
      ...validationError,
    })),
  );
  return [...wrong, ...names.map((at) => ({ pointer: at, code: 'ERR_EXPRESSION' as const, message: NAME }))];
}

function checkOne({ source, isUnclosed }: Occurrence, parsed: ParsedExpression | Failure, known: Known): Wrong[] {
  if (isUnclosed)
    return [{ message: `has a {{ before "${source.trim().slice(0, MAX_SHOWN)}", but ${UNCLOSED.message}` }];
  if (!('code' in parsed)) {
    const { reads, unknown = { functions: [], variables: [] } } = parsed;
    const bare = unknown.functions.filter((name) => !name.startsWith('$'));
    const calls = unknown.functions.map((name) => ({
      message: unknownFunction(name, nearestNames(name.replace('$', ''), STANDARD_FUNCTIONS)[0]),
    }));
    const variables = unknown.variables.map((name) => unknownVariable(name, known));
    const roots = [...reads.roots, ...reads.counts].filter(
      ([name, next]) => next !== undefined || !bare.includes(name!),
    );
    return [...calls, ...variables, ...roots.flatMap((names) => checkRoot(names, known, source))];
  }
  const { position } = parsed;
  return [{ message: explainSyntax(parsed, source), ...(position === undefined ? {} : { position }) }];
}

function rootsOf(known: Known): string[] {
  return ['trigger', 'steps', 'variables', 'secrets', 'run', ...(known.hasItem ? ['item', 'index'] : [])];
}

function unknownVariable(name: string, known: Known): Wrong {
  const isRoot = rootsOf(known).includes(name);
  const remedy = isRoot
    ? `; it is read without "$", as ${name}`
    : '; a variable is given a value first, as in ($x := 1; $x + 1)';
  return { message: `reads "$${name}", which has no value${remedy}` };
}

function whyUnknown(name: string, known: Known, source: string): string {
  if (name === 'item' || name === 'index') return 'is known only inside for_each';
  if (known.allSteps.includes(name)) return `is a step; write steps.${name}.output`;
  if (name.includes('${'))
    return 'is no name: back-ticks are for names, and texts are joined with &, as in "Hello " & trigger.name';
  if (/[“”„‘’]/.test(name)) return 'has typographic quotes; a text is in "..." or in \'...\'';
  const literal = LITERALS[name.toLowerCase()];
  if (literal !== undefined) return `is not there; it is written ${literal}`;
  if (new RegExp(`\\w-${escapeRegex(name)}\\b`).test(source))
    return 'is not there; a name with "-" is written in back-ticks, as in trigger.`my-name`';
  return `is not there${suggest(name, rootsOf(known))}${FOREIGN}`;
}

function escapeRegex(text: string): string {
  return text.replace(/[^\w]/g, '\\$&');
}

/** Words of other languages. */
const LITERALS: Readonly<Record<string, string>> = {
  true: 'true',
  false: 'false',
  null: 'null',
  none: 'null',
  nil: 'null',
  undefined: 'null, or $exists(...) to ask whether a value is there',
};

function checkRoot([name, next, ...rest]: string[], known: Known, source: string): Wrong[] {
  const available = rootsOf(known);
  if (!available.includes(name!)) {
    const why = whyUnknown(name!, known, source);
    return [{ message: `reads "${name}", which ${why}`, allowed: available }];
  }
  if (name === 'secrets' && known.isShown === true) {
    return [{ message: 'reads "secrets", but what stands here is shown to everybody who may see the run' }];
  }
  if (next === undefined) return [];
  if (name === 'variables' && known.variables.length === 0) {
    return [{ message: `reads "variables.${next}", but the workflow has no variables` }];
  }
  if (name === 'variables') return isOneOf(next, known.variables, 'variables');
  if (name === 'secrets' && known.secrets.length === 0) {
    return [{ message: `reads "secrets.${next}", but the workflow has no secrets` }];
  }
  if (name === 'secrets') return isOneOf(next, known.secrets, 'secrets');
  if (name === 'run' && next === 'error' && !known.hasError) {
    return [{ message: 'reads "run.error", which is known only inside on_failure', allowed: RUN_FIELDS }];
  }
  if (name === 'run') return isOneOf(next, known.hasError ? [...RUN_FIELDS, 'error'] : RUN_FIELDS, 'run');
  if (name === 'trigger') return known.trigger === undefined ? [] : isOneOf(next, known.trigger, 'trigger');
  return name === 'steps' ? checkStepRead(next, rest, known) : [];
}

function checkStepRead(id: string, [field, property]: string[], known: Known): Wrong[] {
  if (!known.steps.has(id)) {
    const why = known.allSteps.includes(id)
      ? 'which does not surely end before this one; name it in needs'
      : `which is not there${suggest(id, known.allSteps)}`;
    return [{ message: `reads the step "${id}", ${why}`, allowed: [...known.steps.keys()] }];
  }
  if (field === undefined) return [];
  const wrong = isOneOf(field, STEP_FIELDS, `steps.${id}`);
  if (wrong.length > 0 || field !== 'output' || property === undefined) return wrong;
  return checkOutput(property, known.steps.get(id), `steps.${id}.output`);
}

/** Outputs are open: a field that the schema does not name is wrong only if it looks like one that it does. */
function checkOutput(field: string, schema: JsonObject | undefined, where: string): Wrong[] {
  const fields = Object.keys((schema?.properties ?? {}) as object);
  if (field.length < LONG_ENOUGH || fields.length === 0 || fields.includes(field)) return [];
  const [near] = nearestNames(field, fields);
  return near === undefined ? [] : [{ message: `reads "${where}.${field}"; did you mean "${near}"?`, allowed: fields }];
}

function isOneOf(name: string, allowed: readonly string[], where: string): Wrong[] {
  if (allowed.includes(name)) return [];
  return [{ message: `reads "${where}.${name}", which is not there${suggest(name, allowed)}`, allowed: [...allowed] }];
}

function suggest(name: string, allowed: readonly string[]): string {
  const [near] = nearestNames(name, allowed);
  return near === undefined ? '' : `; did you mean "${near}"?`;
}
