import type { Json, JsonObject } from '../../connector/manifest.ts';
import { addBody, bodyOf, freeName, JSON_TYPE } from './body.ts';
import type { Conversion, Direction } from './conversion.ts';
import { type Description, isNode, type Node, type Operation, resolved } from './description.ts';
import { convertSchema } from './schemas.ts';
import { fieldName, sentenceOf, titleOf } from './words.ts';

/** What the description says of an action; what people decide is in the overlay. */
export interface Facts {
  method: string;
  input: JsonObject;
  request: JsonObject;
  /** Of an operation that answers without a body: the empty object. */
  result?: Json;
  output: JsonObject;
  docs?: string;
  scopes: string[];
  proposal: { effect: string; title: string; description: string; group: string; destructive: boolean };
  /** What was not converted, one sentence each. */
  notes: string[];
}

/** Schemas of one operation: more is no form, and no reader's answer. */
const MAX_SCHEMAS = 1500;
const METHODS = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD']);
const OWN_HEADERS = new Set([
  'authorization',
  'accept',
  'content-type',
  'host',
  'cookie',
  'content-length',
  'connection',
  'transfer-encoding',
]);

/** The facts of one operation. Never throws; `undefined` with a sentence for what an action cannot be. */
export function factsOf(description: Description, operation: Operation): Facts | { unusable: string } {
  const { root } = description;
  const { key, method, node } = operation;
  const notes: string[] = [];
  const note = (at: string, what: string) => notes.push(`${key}: ${at === '' ? 'the body' : `"${at}"`} ${what}.`);
  const converting = (direction: Direction): Conversion => ({ root, direction, note, left: MAX_SCHEMAS });
  if (!METHODS.has(method)) return { unusable: `${key}: the method ${method} cannot be sent.` };
  const body = bodyOf(root, node);
  if (typeof body === 'string') return { unusable: `${key}: ${body}` };
  const answer = answerOf(root, node);
  if (typeof answer === 'string') return { unusable: `${key}: ${answer}` };

  const conversion = converting('input');
  const properties: JsonObject = {};
  const required: string[] = [];
  const query: JsonObject = {};
  const headers: JsonObject = {};
  const placeholders = new Map<string, string>();
  for (const parameter of parametersOf(root, operation, notes)) {
    const name = String(parameter.name);
    const field = freeName(properties, fieldName(name));
    const where = parameter.in;
    const refusal = refusalOf(parameter, name);
    if (refusal === 'own') continue;
    if (refusal !== undefined) {
      if (parameter.required === true)
        return { unusable: `${key}: the ${where} parameter "${name}" ${refusal}, and is required.` };
      notes.push(`${key}: the ${where} parameter "${name}" ${refusal}, and is left out.`);
      continue;
    }
    const schema = isNode(parameter.schema) ? parameter.schema : {};
    const said = sentenceOf(parameter.description);
    properties[field] = {
      title: titleOf(name),
      ...convertSchema(conversion, schema, name),
      ...(said === undefined ? {} : { description: said }),
    };
    if (parameter.required === true || where === 'path') required.push(field);
    if (where === 'path') placeholders.set(name, field);
    else (where === 'query' ? query : headers)[name] = `$input.${field}`;
  }
  const path = pathOf(operation.path, placeholders);
  if (typeof path !== 'string') return { unusable: `${key}: ${path.unusable}` };
  for (const [name, field] of placeholders) {
    if (path.includes(`{input.${field}}`)) continue;
    notes.push(`${key}: the path parameter "${name}" is not in the path, and is left out.`);
    delete properties[field];
    required.splice(required.indexOf(field), 1);
  }
  const request: JsonObject = { method, path };
  if (Object.keys(query).length > 0) request.query = query;
  if (Object.keys(headers).length > 0) request.headers = headers;
  const rules: JsonObject = {};
  if (body !== undefined) {
    const added = addBody({ conversion, body, properties, required });
    if (added.rules !== undefined) rules.allOf = added.rules;
    request.body = added.body;
    if (body.isForm) request.body_type = 'form';
    if (!body.isRequired && typeof added.body === 'object') request.omit_empty_body = true;
  }
  const output = answer === undefined ? undefined : rootOf(convertSchema(converting('output'), answer.schema));
  const description_ = sentenceOf(node.summary) ?? sentenceOf(node.description) ?? `${titleOf(operation.id ?? key)}.`;
  const docs = isNode(node.externalDocs) ? node.externalDocs.url : undefined;
  const [tag] = Array.isArray(node.tags) ? node.tags : [];
  return {
    method,
    input: {
      type: 'object',
      ...(required.length === 0 ? {} : { required: [...new Set(required)] }),
      additionalProperties: false,
      properties,
      ...rules,
    },
    request,
    ...(output === undefined ? { result: {} } : {}),
    output: output ?? { type: 'object' },
    ...(typeof docs === 'string' && docs.startsWith('https://') ? { docs } : {}),
    scopes: scopesOf(root, node),
    proposal: {
      effect: effectOf(method, headers),
      title: titleOf(operation.id ?? String(node.summary ?? key)),
      description: description_,
      group: typeof tag === 'string' && tag !== '' ? titleOf(tag) : 'General',
      destructive: method === 'DELETE' || method === 'PUT',
    },
    notes,
  };
}

/** The one of the method; an operation that takes an idempotency key is repeated with the same. */
function effectOf(method: string, headers: JsonObject): string {
  if (Object.keys(headers).some((name) => name.toLowerCase() === 'idempotency-key')) return 'token';
  if (method === 'GET' || method === 'HEAD') return 'safe';
  return method === 'PUT' || method === 'DELETE' ? 'idempotent' : 'once';
}

/** Parameters of the operation before those of its path; one of them per name and place. */
function parametersOf(root: Node, { key, node, shared }: Operation, notes: string[]): Node[] {
  const own = Array.isArray(node.parameters) ? node.parameters : [];
  const found = new Map<string, Node>();
  for (const given of [...own, ...shared]) {
    const parameter = resolved(root, given);
    if (parameter === undefined || typeof parameter.name !== 'string' || parameter.name === '') {
      notes.push(`${key}: a parameter has no name, or refers to what is not there, and is left out.`);
      continue;
    }
    const place = `${String(parameter.in)} ${parameter.name}`;
    if (!found.has(place)) found.set(place, parameter);
  }
  return [...found.values()];
}

/** Why a parameter cannot be sent; `own` for those that Penstock sends itself. */
function refusalOf(parameter: Node, name: string): string | undefined {
  if (parameter.in === 'header' && OWN_HEADERS.has(name.toLowerCase())) return 'own';
  if (!['path', 'query', 'header'].includes(String(parameter.in)))
    return 'is sent where a request template sends nothing';
  if (name.startsWith('$')) return 'begins with a dollar, as only references of a template do';
  if (parameter.content !== undefined) return 'is a document of its own';
  if (parameter.in === 'header' && !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) return 'is no name of a header';
  const style = String(parameter.style ?? (parameter.in === 'query' ? 'form' : 'simple'));
  if (style !== (parameter.in === 'query' ? 'form' : 'simple')) return `has the style "${style}"`;
  const schema = isNode(parameter.schema) ? parameter.schema : {};
  if (parameter.in === 'query' && parameter.explode === false && schema.type === 'array')
    return 'is a list in one text';
  return undefined;
}

/** The first answer with 2xx; undefined without a body, a sentence for one that cannot be read. */
function answerOf(root: Node, node: Node): { schema: unknown } | undefined | string {
  const responses = isNode(node.responses) ? node.responses : {};
  const codes = Object.keys(responses)
    .filter((code) => /^2(\d\d|XX)$/i.test(code))
    .sort();
  const answer = resolved(root, responses[codes[0] ?? 'default']);
  const content = answer !== undefined && isNode(answer.content) ? answer.content : {};
  const types = Object.keys(content);
  if (types.length === 0) return undefined;
  const json = types.find((type) => JSON_TYPE.test(type) || type === '*/*');
  if (json === undefined) return `it answers ${types.slice(0, 3).join(' or ')}, which an action cannot read.`;
  const media = content[json];
  return { schema: isNode(media) ? media.schema : undefined };
}

function pathOf(path: string, placeholders: ReadonlyMap<string, string>): string | { unusable: string } {
  const missing: string[] = [];
  const [plain = ''] = path.split(/[?#]/, 1);
  const filled = plain.replaceAll(/\{([^{}]*)\}/g, (_whole, name: string) => {
    const field = placeholders.get(name);
    if (field === undefined) missing.push(name);
    return `{input.${field}}`;
  });
  if (missing.length > 0) return { unusable: `its path has {${missing[0]}}, which is no parameter.` };
  if (!/^\/[^/\s][^\s]*$/.test(filled)) return { unusable: 'its path is empty, or is no path.' };
  return filled;
}

/** An answer is an object or a list. */
function rootOf(schema: JsonObject): JsonObject {
  const { additionalProperties: _closed, ...open } = schema;
  if (schema.type === 'array') return schema;
  if (schema.type === 'object') return schema.additionalProperties === false ? open : schema;
  return { type: 'object' };
}

function scopesOf(root: Node, node: Node): string[] {
  const security = node.security ?? root.security;
  const [first] = Array.isArray(security) ? security : [];
  if (!isNode(first)) return [];
  return [...new Set(Object.values(first).flatMap((scopes) => (Array.isArray(scopes) ? scopes.map(String) : [])))];
}
