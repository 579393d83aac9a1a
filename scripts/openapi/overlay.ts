import { pointerOf } from '../../connector/json-pointer.ts';
import type { Json, JsonObject } from '../../connector/manifest.ts';
import type { FormRule } from './choices.ts';
import { type Description, isNode, type Node, type Operation, UnusableDescription } from './description.ts';
import { type Facts, factsOf } from './operation.ts';

/** Titles, descriptions and other keys of fields of an input, by name. */
type Fields = { [name: string]: JsonObject };

/** What people decide about one action. Keys beside these are of the manifest, and go before what the description says. */
interface OverlayAction extends Node {
  /** `GET /pets/{id}`, or the operationId. */
  operation: string;
  fields?: Fields;
  /** Fields that are not offered. */
  without?: string[];
}

/** People's words and decisions: the connector's manifest as it is, and actions by the name after the dot. */
export interface Overlay {
  connector: JsonObject & { id: string };
  actions: { [name: string]: OverlayAction };
}

/** Manifests by their path in the folder of the connector. */
export interface Generated {
  files: Map<string, JsonObject>;
  /** What the overlay does not say and must, one sentence each, with a proposal. */
  missing: string[];
  notes: string[];
}

const DECIDED = ['title', 'description', 'effect', 'group', 'examples'] as const;

/** @throws UnusableDescription for an overlay that is none */
export function readOverlay(text: string): Overlay {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch (error) {
    throw new UnusableDescription('', `cannot be read as JSON: ${(error as Error).message}`);
  }
  if (!isNode(given)) throw new UnusableDescription('', 'is no object; write {"connector": …, "actions": …}');
  if (!isNode(given.connector) || typeof given.connector.id !== 'string')
    throw new UnusableDescription('/connector/id', 'is missing; write the content of connector.json in "connector"');
  if (!isNode(given.actions) || Object.keys(given.actions).length === 0)
    throw new UnusableDescription('/actions', 'names no operation; write {"list_pets": {"operation": "GET /pets"}}');
  for (const [name, action] of Object.entries(given.actions)) {
    if (!/^[a-z][a-z0-9_]*$/.test(name))
      throw new UnusableDescription(
        pointerOf(['actions', name]),
        'is no name of an action; take lower-case letters, digits and _, and begin with a letter',
      );
    if (!isNode(action) || typeof action.operation !== 'string')
      throw new UnusableDescription(
        pointerOf(['actions', name, 'operation']),
        'is missing; write the method and path, such as "GET /pets", or the operationId',
      );
  }
  return given as unknown as Overlay;
}

/** Makes the manifests that the overlay names. What is missing in it is listed with a proposal; nothing is guessed silently. */
export function generate(description: Description, overlay: Overlay): Generated {
  const files = new Map<string, JsonObject>([['connector.json', overlay.connector]]);
  const missing = missingInConnector(description, overlay);
  const notes = [...description.notes];
  for (const [name, decided] of Object.entries(overlay.actions)) {
    const operation = findOperation(description, decided.operation);
    if (typeof operation === 'string') {
      missing.push(`${name}: ${operation}`);
      continue;
    }
    const facts = factsOf(description, operation);
    if ('unusable' in facts) {
      missing.push(`${name}: ${facts.unusable} Write this action yourself.`);
      continue;
    }
    notes.push(...facts.notes);
    missing.push(...missingIn(name, decided, facts));
    files.set(`actions/${name}.json`, manifestOf(`${overlay.connector.id}.${name}`, decided, facts));
  }
  return { files, missing, notes };
}

function missingInConnector({ root, server }: Description, { connector }: Overlay): string[] {
  const missing: string[] = [];
  if (connector.base_urls === undefined && /^https:\/\/[^{}]+$/.test(server))
    missing.push(`connector: "base_urls" is missing; proposed: ${JSON.stringify({ api: { url: server } })}.`);
  else if (connector.base_urls === undefined)
    missing.push(
      `connector: "base_urls" is missing; the description says "${server}", which is no https URL written out.`,
    );
  if (connector.auth === undefined) {
    const schemes = (root.components as Node | undefined)?.securitySchemes;
    const known = Object.entries(isNode(schemes) ? schemes : {}).map(([name, scheme]) => {
      const { type, scheme: kind, in: where, name: of } = isNode(scheme) ? scheme : {};
      return `${name} (${[type, kind, where, of].filter((word) => word !== undefined).join(' ')})`;
    });
    missing.push(`connector: "auth" is missing; the description has ${known.join(', ') || 'no security scheme'}.`);
  }
  return missing;
}

/** The operation of a name, or why there is none. */
export function findOperation({ operations }: Description, wanted: string): Operation | string {
  const found = operations.find(({ key, id }) => key === wanted || id === wanted);
  if (found !== undefined) return found;
  const words = wanted
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word.length > 2);
  const near = operations.filter(({ key, id }) => words.every((word) => `${key} ${id}`.toLowerCase().includes(word)));
  const hint =
    near.length === 0
      ? ''
      : ` Did you mean ${near
          .slice(0, 3)
          .map(({ key }) => `"${key}"`)
          .join(' or ')}?`;
  return `the description has no operation "${wanted}".${hint}`;
}

/** One manifest: facts, and over them what people decided. */
export function manifestOf(id: string, decided: Node, facts: Facts): JsonObject {
  const { operation: _operation, fields = {}, without = [], ...own } = decided as OverlayAction;
  const { effect, title, description, group } = facts.proposal;
  const isToken = effect === 'token';
  return {
    id,
    version: 1,
    title,
    group,
    description,
    ...(facts.docs === undefined ? {} : { docs: facts.docs }),
    effect,
    ...(facts.scopes.length === 0 ? {} : { requires: { scopes: facts.scopes } }),
    ...withToken(withFields(facts, fields as Fields, without as string[]), isToken && own.effect !== 'once'),
    ...(facts.result === undefined ? {} : { result: facts.result }),
    output: facts.output,
    ...(own as JsonObject),
  };
}

/** The idempotency key is the run's, and no input. */
function withToken(
  { input, request }: Pick<Facts, 'input' | 'request'>,
  isToken: boolean,
): Pick<Facts, 'input' | 'request'> {
  if (!isToken) return { input, request };
  const headers = { ...(request.headers as JsonObject) };
  const name = Object.keys(headers).find((each) => each.toLowerCase() === 'idempotency-key');
  if (name === undefined) return { input, request };
  const field = String(headers[name]).replace('$input.', '');
  headers[name] = '$run.token';
  return { input: withoutField(input, field), request: { ...request, headers } };
}

function withFields(
  { input, request }: Facts,
  fields: Fields,
  without: readonly string[],
): Pick<Facts, 'input' | 'request'> {
  const properties = { ...(input.properties as JsonObject) };
  for (const [name, said] of Object.entries(fields))
    if (Object.hasOwn(properties, name)) properties[name] = { ...(properties[name] as JsonObject), ...said };
  let made: JsonObject = { ...input, properties };
  let sent = request;
  for (const name of without) {
    made = withoutField(made, name);
    sent = withoutReference(sent, `$input.${name}`) as JsonObject;
  }
  const { headers, query, ...plain } = sent;
  const kept = { query, headers } as { [key: string]: JsonObject | undefined };
  for (const [key, value] of Object.entries(kept))
    if (value !== undefined && Object.keys(value).length > 0) plain[key] = value;
  return { input: made, request: plain };
}

function withoutField(input: JsonObject, name: string): JsonObject {
  const { [name]: _gone, ...properties } = input.properties as JsonObject;
  const required = ((input.required as string[] | undefined) ?? []).filter((each) => each !== name);
  // A rule of one form would want a field that no input may have.
  const rules = ((input.allOf as unknown as FormRule[] | undefined) ?? []).flatMap((rule) => {
    const wanted = rule.then.required.filter((each) => each !== name);
    return wanted.length === 0 ? [] : [{ ...rule, then: { required: wanted } }];
  });
  const { required: _required, allOf: _rules, ...rest } = input;
  return {
    ...rest,
    ...(required.length === 0 ? {} : { required }),
    properties,
    ...(rules.length === 0 ? {} : { allOf: rules as unknown as Json }),
  };
}

function withoutReference(value: unknown, reference: string): unknown {
  if (!isNode(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== reference)
      .map(([key, inner]) => [key, withoutReference(inner, reference)]),
  );
}

function missingIn(name: string, decided: Node, facts: Facts): string[] {
  const missing = DECIDED.filter((key) => decided[key] === undefined).map((key) => {
    if (key === 'examples') return `${name}: "examples" is missing: an input and its output, as the service answers.`;
    return `${name}: "${key}" is missing; proposed: ${JSON.stringify(facts.proposal[key])}.`;
  });
  const fields = Object.keys(facts.input.properties as JsonObject);
  const unknown = [...Object.keys(decided.fields ?? {}), ...((decided.without as string[] | undefined) ?? [])];
  for (const field of unknown.filter((each) => !fields.includes(each)))
    missing.push(`${name}: "${field}" is no field of the operation; it has ${fields.join(', ') || 'none'}.`);
  if (facts.proposal.destructive && decided.destructive === undefined)
    missing.push(`${name}: say whether it is "destructive": true deletes or overwrites; false for not.`);
  return missing;
}
