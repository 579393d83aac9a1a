import { holds } from '../connector/condition.ts';
import { ConnectorError } from '../connector/errors.ts';
import { parseJson, stringifyJson } from '../connector/json.ts';
import type { Action, Condition, Json, JsonObject } from '../connector/manifest.ts';
import { schemaAtPath } from '../connector/schema-paths.ts';
import { readPath, resolveTemplate } from '../connector/template.ts';
import { type ListPage, notAPosition } from '../engine/store/list-pages.ts';

/** The keyword `x-options` of an input field: which listing action has the choices, and where in its output. */
export interface ChoiceSource {
  action: string;
  input?: JsonObject;
  items: string;
  where?: Condition;
  value: string;
  label?: string;
  /** The input of the listing action that a typed text goes to. */
  search?: string;
}

/** What is asked for; `input` is what the form holds so far. */
export interface ChoiceQuestion {
  input: JsonObject;
  search?: string | undefined;
  limit: number;
  /** Position after which to continue. */
  after?: string | undefined;
}

export interface Choice {
  value: unknown;
  label: string;
}

/**
 * The source of choices of a field of an input schema. `field` is a name, a dotted path, or a JSON pointer.
 * @throws ConnectorError ERR_INPUT_INVALID when there is no such field, or it has no choices
 */
export function choiceSource(schema: JsonObject, field: string): ChoiceSource {
  const path = field.startsWith('/')
    ? field
        .slice(1)
        .replaceAll(/\/\d+(?=\/|$)/g, '')
        .replaceAll('/', '.')
    : field;
  const found = schemaAtPath(schema, path);
  const source = typeof found === 'object' ? (found['x-options'] as unknown as ChoiceSource | undefined) : undefined;
  if (source !== undefined) return source;
  const { properties = {} } = schema as { properties?: JsonObject };
  const withChoices = Object.keys(properties).filter(
    (name) => (properties[name] as JsonObject)['x-options'] !== undefined,
  );
  const message = found === undefined ? 'is not a field of the input' : 'has no choices to list';
  throw new ConnectorError('ERR_INPUT_INVALID', `"${field}" ${message}`, {
    hint:
      withChoices.length === 0
        ? 'No field of this input has choices.'
        : `Fields with choices: ${withChoices.join(', ')}.`,
    errors: [{ pointer: '/field', message, allowed: withChoices }],
  });
}

/**
 * The input with which the listing action reads the page of choices.
 * @throws ConnectorError ERR_INPUT_INVALID for a position that is none
 */
export function listingInput(listing: Action, source: ChoiceSource, question: ChoiceQuestion): JsonObject {
  const input = (resolveTemplate(source.input ?? {}, { input: question.input }) ?? {}) as JsonObject;
  const { properties = {} } = listing.manifest.input as { properties?: JsonObject };
  // A text that the service does not search by is looked for here, in as many items as the action reads by itself.
  if ('max_items' in properties && (question.search === undefined || source.search !== undefined)) {
    input.max_items = question.limit;
  }
  if (question.search !== undefined && source.search !== undefined) input[source.search] = question.search;
  return { ...input, ...(question.after === undefined ? {} : readPosition(question.after)) };
}

/** The choices in the output of the listing action, and how to continue. */
export function readChoices(
  listing: Action,
  source: ChoiceSource,
  { output, question }: { output: unknown; question: ChoiceQuestion },
): ListPage<Choice> {
  const rows = readPath(output, source.items);
  const wanted = source.search === undefined ? (question.search ?? '').toLowerCase() : '';
  const items = (Array.isArray(rows) ? rows : [])
    .filter((row) => source.where === undefined || holds(source.where, row))
    .map((row): Choice => {
      const value = readPath(row, source.value);
      return { value, label: String(readPath(row, source.label ?? source.value) ?? value) };
    })
    .filter(({ value }) => value !== undefined && value !== null)
    .filter(({ value, label }) => `${label}\n${String(value)}`.toLowerCase().includes(wanted));
  return { items, next: nextPosition(listing, output) };
}

/** Where the result gives `$pages.next` out, and which input takes it, say how a listing action continues. */
function nextPosition({ manifest: { pages, result } }: Action, output: unknown): string | undefined {
  if (pages?.param === undefined || result === null || typeof result !== 'object' || Array.isArray(result))
    return undefined;
  const field = Object.keys(result).find((name) => result[name] === '$pages.next');
  const next = field === undefined ? undefined : readPath(output, field);
  return next === undefined || next === null || next === '' ? undefined : stringifyJson({ [pages.param]: next });
}

function readPosition(position: string): { [name: string]: Json } {
  try {
    const next = parseJson(position);
    if (next !== null && typeof next === 'object' && Object.keys(next).length === 1) return next as JsonObject;
  } catch {
    // Not one of ours, as below.
  }
  throw notAPosition();
}
