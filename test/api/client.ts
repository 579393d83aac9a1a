import { onTestFinished } from 'vitest';
import { openApiFile } from '../../api/openapi/openapi-file.ts';
import { createApi } from '../../api/server.ts';
import type { CompiledSchema, JsonObject, Manifests } from '../../connector/manifest.ts';
import { compileSchema } from '../../connector/schema.ts';
import { createApiKey, type Role } from '../../engine/access/api-keys.ts';
import { ensureTenant } from '../../engine/access/tenants.ts';
import type { Context } from '../../engine/context.ts';
import { testContext } from '../context.ts';

export interface TestAnswer {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects, and fails when it is not there
  body: any;
}

export interface TestRequest {
  /** Written as JSON; a string is sent as it is. */
  body?: unknown;
  headers?: Record<string, string>;
  /** Another key than the admin's; null sends none. */
  key?: string | null;
}

export interface TestApi {
  ctx: Context;
  origin: string;
  tenant: string;
  /** Sends a request as admin, and fails when the answer is not one that OpenAPI describes. */
  send(method: string, path: string, request?: TestRequest): Promise<TestAnswer>;
  /** A key of the given role, of the same tenant unless another is named. */
  keyOf(role: Role, tenant?: string): Promise<string>;
  close(): Promise<void>;
}

/** The API on real Redis and a real port; closed with the test. */
export async function startTestApi(given: Parameters<typeof testContext>[0] = {}): Promise<TestApi> {
  const ctx = await testContext({ role: 'api', ...given });
  const tenant = 'default';
  const app = createApi(ctx);
  const origin = await app.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => app.close());
  const keyOf = async (role: Role, of = tenant) => {
    await ensureTenant(ctx, of);
    return (await createApiKey(ctx, { tenant: of, name: `${role} key`, role })).key;
  };
  const admin = await keyOf('admin');
  const described = descriptionOf(ctx);
  return {
    ctx,
    origin,
    tenant,
    keyOf,
    close: () => app.close(),
    async send(method, path, { body, headers = {}, key = admin } = {}) {
      const response = await fetch(origin + path, {
        method,
        headers: {
          ...(key === null ? {} : { authorization: `Bearer ${key}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const isJson = response.status !== 206 && /json/.test(response.headers.get('content-type') ?? '');
      const answer = {
        status: response.status,
        headers: response.headers,
        text,
        body: isJson && text !== '' ? JSON.parse(text) : undefined,
      };
      described.check(method, path, answer);
      return answer;
    },
  };
}

interface Description {
  check(method: string, path: string, answer: TestAnswer): void;
}

/** Servers of one process say the same, and to ask each for it would take longer than most tests. */
const descriptions = new WeakMap<Manifests, Description>();

/** Holds answers against OpenAPI as it is checked in, which is what a server says: test/api/openapi.test.ts. */
function descriptionOf({ manifests }: Context): Description {
  const description = descriptions.get(manifests) ?? describe(JSON.parse(openApiFile(manifests)));
  descriptions.set(manifests, description);
  return description;
}

// biome-ignore lint/suspicious/noExplicitAny: OpenAPI's own structure
function describe(openapi: { paths: any; components: any }): Description {
  // As OpenAPI says, a path without parameters goes before one with them.
  const sorted = Object.entries<JsonObject>(openapi.paths).sort(
    ([a], [b]) => Number(a.includes('{')) - Number(b.includes('{')),
  );
  const paths = sorted.map(([path, methods]) => ({
    pattern: new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`),
    methods,
  }));
  const compiled = new Map<unknown, CompiledSchema>();
  const schemaOf = (schema: JsonObject) => {
    const known = compiled.get(schema);
    if (known !== undefined) return known;
    const local = JSON.parse(
      JSON.stringify({ ...schema, $defs: openapi.components.schemas }).replaceAll('#/components/schemas/', '#/$defs/'),
    );
    const made = compileSchema(local);
    compiled.set(schema, made);
    return made;
  };
  return {
    check(method, path, { status, headers, body }) {
      if (headers.get('x-request-id') === null) throw new Error('the answer has no x-request-id');
      const found = paths.find(({ pattern }) => pattern.test(path.split('?')[0]!));
      // biome-ignore lint/suspicious/noExplicitAny: OpenAPI's own structure
      const operation = found?.methods[method.toLowerCase()] as any;
      const problem = openapi.components.responses.problem_default;
      const listed =
        operation === undefined
          ? problem
          : (operation.responses[status] ?? (status >= 400 ? operation.responses.default : undefined));
      if (listed === undefined) throw new Error(`OpenAPI has no ${status} for ${method} ${path}`);
      const response = listed.$ref === undefined ? listed : openapi.components.responses[listed.$ref.split('/').at(-1)];
      if (body === undefined || response.content?.['*/*'] !== undefined) return;
      const [type] = headers.get('content-type')!.split(';');
      const media = response.content?.[type!];
      if (media === undefined) throw new Error(`OpenAPI has no ${type} in the ${status} of ${method} ${path}`);
      const validationErrors = schemaOf(media.schema).validationErrors(body);
      if (validationErrors.length > 0)
        throw new Error(
          `the ${status} of ${method} ${path} is not as OpenAPI says: ${JSON.stringify(validationErrors)} in ${JSON.stringify(body)}`,
        );
    },
  };
}
