import { ERROR_CODES } from '../../connector/errors.ts';
import type { Json, JsonObject } from '../../connector/manifest.ts';
import type { Context } from '../../engine/context.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { PROBLEM_TYPE } from '../http/problem.ts';
import type { AnswerDoc, DescribedRoute, Route } from '../http/route.ts';
import { ANY_OBJECT, ref } from '../http/schemas.ts';
import { SESSION_COOKIE } from '../http/session-cookie.ts';
import { REQUIRED_ROLES } from '../roles.ts';
import { forClients, withSpokenDefaults } from './client-schemas.ts';
import { componentSchemas } from './components.ts';
import { TAGS } from './tags.ts';
import { describeWebhooks } from './webhooks.ts';

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';

/** Failures that have a response of their own in the components; any other is `default`. */
const PROBLEM_STATUSES = [
  ...['400', '401', '403', '404', '409', '412', '413', '415', '422'],
  ...['429', '502', '503', '504'],
] as const;
/** What a failure with a status means that has no code of its own. */
const MORE_MEANINGS: Record<string, string> = {
  412: 'ERR_CONFLICT: The precondition in If-Match or If-None-Match does not hold; `etag` is that of what is stored.',
};

/** `/openapi.json`, made at the first request from the routes themselves. */
export function describeApi(routes: readonly DescribedRoute[], ctx: Pick<Context, 'config'>): Route {
  let document: JsonObject | undefined;
  const self: Route = {
    method: 'GET',
    path: '/openapi.json',
    operation: 'get_openapi',
    tag: 'Operations',
    summary: 'Get this OpenAPI document.',
    answers: { 200: { description: 'OpenAPI 3.1.', schema: ANY_OBJECT } },
    handle() {
      document ??= buildOpenApi([...routes], ctx.config.publicUrl);
      return { status: 200, body: document };
    },
  };
  return self;
}

const EXACT_NUMBERS =
  'Integers beyond ±(2^53 − 1) are accepted as JSON numbers and stored exactly. Answers have them as texts of their digits, since ' +
  'most JSON parsers round them. Send `Accept: application/json;IEEE754Compatible=false` to get them as numbers: a client that ' +
  'writes a value back then sends the number that is stored, and not a text.';

/**
 * The OpenAPI 3.1 document of the routes. Schemas are the ones that requests are checked by; a test checks answers
 * by the ones given here. Why this is not `@fastify/swagger`: docs/reference/architecture.md.
 */
export function buildOpenApi(routes: readonly DescribedRoute[], serverUrl: string): JsonObject {
  const paths: Record<string, JsonObject> = {};
  const parts: JsonObject = {};
  for (const route of routes) {
    const described =
      route.body === undefined ? route : { ...route, body: withoutDefs(withSpokenDefaults(route.body), parts) };
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: describe(described) };
  }
  return forClients({
    openapi: '3.1.0',
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    info: {
      title: 'Penstock',
      version: packageJson.version,
      description: `${packageJson.description}\n\n${EXACT_NUMBERS}`,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: serverUrl }],
    security: ['api_key', 'session'].map((scheme) => ({ [scheme]: [] })),
    tags: [...new Set(routes.map(({ tag }) => tag))].map(tagOf),
    paths,
    webhooks: describeWebhooks(),
    components: {
      securitySchemes: {
        api_key: { type: 'http', scheme: 'bearer', description: 'An API key of /v1/api_keys.' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: SESSION_COOKIE,
          description:
            'A browser session of /v1/session. Requests that write require an `Origin` header of this server.',
        },
      },
      responses: sharedResponses(),
      schemas: { ...componentSchemas(), ...parts },
    },
  });
}

function tagOf(name: string): JsonObject {
  const description = TAGS[name];
  if (description === undefined) throw new Error(`api/openapi/tags.ts does not describe the tag ${name}`);
  return { name, description };
}

/**
 * A schema that refers to its own `$defs` as it must stand inside this document, where `#` is the document: the definitions
 * become components. Added to `parts`.
 */
function withoutDefs({ $defs, ...schema }: JsonObject, parts: JsonObject): JsonObject {
  if ($defs === undefined) return schema;
  const moved = (part: unknown) =>
    JSON.parse(
      JSON.stringify(part).replaceAll(
        /"#\/\$defs\/(\w+)"/g,
        (_, name: string) => `"#/components/schemas/${componentName(name)}"`,
      ),
    ) as JsonObject;
  for (const [name, definition] of Object.entries($defs as JsonObject)) parts[componentName(name)] = moved(definition);
  return moved(schema);
}

function componentName(name: string): string {
  return name.replace(/^./, (first) => first.toUpperCase());
}

function describe(route: DescribedRoute): JsonObject {
  const least = REQUIRED_ROLES[`${route.method} ${route.path}`];
  const isOpen = least === 'anyone';
  return {
    operationId: route.operation,
    tags: [route.tag],
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    ...(isOpen ? { security: [] } : { 'x-required-role': least! }),
    parameters: [
      ...pathParameters(route.path),
      ...queryParameters(route.query ?? {}),
      ...headerParameters(route, isOpen),
    ],
    ...(route.body === undefined
      ? {}
      : { requestBody: requestBody(route.body, route.isForm === true ? FORM_TYPE : JSON_TYPE) }),
    responses: {
      ...responses(route.answers, { isRepeatable: route.method === 'POST' && !isOpen }),
      ...problems(route, isOpen),
    },
  };
}

function pathParameters(path: string): JsonObject[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name: name!,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function queryParameters(properties: JsonObject): JsonObject[] {
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    ...((schema as JsonObject).type === 'object' ? { style: 'deepObject', explode: true } : {}),
    schema,
  }));
}

function headerParameters({ method, requestHeaders = {} }: DescribedRoute, isOpen: boolean): JsonObject[] {
  const always =
    method === 'POST' && !isOpen
      ? {
          'Idempotency-Key':
            'A unique key that you choose. Repeating the request with the same key and body returns the first response.',
        }
      : {};
  return Object.entries({ ...always, ...requestHeaders }).map(([name, description]) => ({
    name,
    in: 'header',
    description,
    schema: { type: 'string', ...(name === 'Idempotency-Key' ? { minLength: 1, maxLength: 255 } : {}) },
  }));
}

/** A body may be left out where no field is required: none counts as `{}`. */
function requestBody(schema: JsonObject, media: string): JsonObject {
  const required = Array.isArray(schema.required) && schema.required.length > 0;
  return { required, content: { [media]: { schema } } };
}

function responses(answers: Record<string, AnswerDoc>, given: { isRepeatable: boolean }): JsonObject {
  return Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, response(answer, given)]));
}

function response(
  { description, schema, content, json, headers = {} }: AnswerDoc,
  given: { isRepeatable: boolean },
): Json {
  const all = {
    'x-request-id': 'Id of this request in the log.',
    ...headers,
    ...(given.isRepeatable ? { 'Idempotency-Replayed': '"true" when the response is a repetition.' } : {}),
  };
  const media = content ?? (schema === undefined ? undefined : JSON_TYPE);
  return {
    description,
    headers: headerDocs(all),
    ...(media === undefined
      ? {}
      : {
          content: {
            [media]: { schema: schema ?? { type: 'string' } },
            ...(json === undefined ? {} : { [JSON_TYPE]: { schema: json } }),
          },
        }),
  };
}

function headerDocs(headers: Record<string, string>): JsonObject {
  return Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [name, { description, schema: { type: 'string' } }]),
  );
}

/** The failures that the kind of route implies, and its own; any other has the same form and is `default`. */
function problems(route: DescribedRoute, isOpen: boolean): JsonObject {
  const { path, method, answers, requestHeaders = {}, failures = [], unanswered = [] } = route;
  const takesBody = method !== 'GET' && method !== 'DELETE';
  const statuses = [
    ...(route.isOpenQuery === true ? [] : ['400']),
    ...(isOpen ? [] : ['401', '403', '429', '503']),
    ...(path.includes('{') ? ['404'] : []),
    ...(takesBody ? ['413', ...(route.isRaw === true ? [] : ['415'])] : []),
    // Of an Idempotency-Key: its first request is in progress, or was another one.
    ...(method === 'POST' && !isOpen ? [...(route.makesOneRun === true ? [] : ['409']), '422'] : []),
    ...('If-Match' in requestHeaders ? ['412'] : []),
    ...failures.map(String),
    'default',
  ];
  const left = new Set([...Object.keys(answers), ...unanswered.map(String)]);
  return Object.fromEntries(
    [...new Set(statuses)]
      .filter((status) => !left.has(status))
      .map((status) => [status, { $ref: `#/components/responses/problem_${status}` }]),
  );
}

/** One shared response per status, naming the codes that come with it. */
function sharedResponses(): JsonObject {
  return Object.fromEntries(
    [...PROBLEM_STATUSES, 'default'].map((status) => [`problem_${status}`, problemResponse(status)]),
  );
}

function problemResponse(status: string): JsonObject {
  const codes = Object.entries(ERROR_CODES).filter(([, row]) => String(row.status) === status);
  const meanings = [...codes.map(([code, { title }]) => `${code}: ${title}.`), MORE_MEANINGS[status] ?? ''];
  const description = status === 'default' ? 'Any other failure.' : meanings.join(' ').trim();
  const retry = { 'Retry-After': 'Seconds to wait before retrying.' };
  const authenticate = { 'WWW-Authenticate': 'Required credentials.' };
  return {
    description,
    headers: headerDocs({
      'x-request-id': 'Id of this request in the log.',
      ...(status === '429' || status === '503' ? retry : {}),
      ...(status === '401' ? authenticate : {}),
    }),
    content: { [PROBLEM_TYPE]: { schema: ref('Problem') } },
  };
}
