import { SAMPLES } from './samples.ts';
import type { Ask, Target } from './target.ts';
import { hostileText, type Mood, pick, type Schema, type Source, seeded, valueFor } from './values.ts';

interface Operation {
  method: string;
  path: string;
  parameters: { name: string; in: string; schema: Schema }[];
  body?: { type: string; schema: Schema };
}

/** What earlier answers told: ids of objects, and how often each status came. */
interface Seen {
  /** Of any kind, for fields. */
  known: string[];
  /** By kind: the beginning of an id, or the path that lists it. */
  ids: Map<string, string[]>;
  answered: Map<number, number>;
}

/** A server is at fault when it takes longer. */
const ANSWER_LIMIT_MS = 10_000;
const MAX_ANSWER = 1_048_576;
const SMALL_REQUEST = 10_000;
/** Failures of a service that was asked on the way; every other answer of 500 and above is a fault of the server. */
const OF_SERVICES = /"code":"ERR_(NOT_SENT|NO_ANSWER|UPSTREAM|RESPONSE_INVALID|TIMEOUT)"/;
/** Which ids a part of a path takes: those that begin so, or those that this path itself lists. */
const ID_KINDS: Record<string, string> = {
  workflows: 'wf',
  linked_accounts: 'la',
  authentications: 'auth',
  runs: 'run',
  oauth_apps: 'app',
  api_keys: 'key',
  webhook_endpoints: 'whk',
  backfills: 'rng',
  replays: 'rpl',
  tenants: 'tnt',
};
const MANIFESTS = /^\/v1\/(actions|triggers|connectors)\b/;
const EXAMPLE_HOST = /https:\/\/[\w.-]{1,60}databricks\.(?:com|net)/g;
/** Held open; only their beginning is read. */
const STREAMS = /\/events$/;

/**
 * Sends `rounds` requests to each operation of the API's own description, made from its schemas: as they say, nearly so,
 * and hostile. @returns what was wrong, each with the request as it was sent
 */
export async function fuzz(target: Target, { seed, rounds }: { seed: number; rounds: number }): Promise<string[]> {
  const description = JSON.parse((await target.send({ method: 'GET', path: '/openapi.json' })).body);
  const known = ['demo', 'none'];
  const source: Source = { random: seeded(seed), components: description.components.schemas, known };
  const seen: Seen = { known, ids: new Map(), answered: new Map() };
  const faults: string[] = [];
  // Deletions come last in a round, and the samples are made again before the next.
  const isDeletion = ({ method }: Operation) => Number(method === 'DELETE');
  const operations = operationsOf(description).sort((a, b) => isDeletion(a) - isDeletion(b));
  for (const sample of SAMPLES) {
    const { status, body } = await target.send(atHome(target, sample));
    if (status >= 300) faults.push(`a sample was refused with ${status}: ${sample.path} ${body.slice(0, 300)}`);
    learn(seen, sample.path, body);
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const sample of SAMPLES) learn(seen, sample.path, (await target.send(atHome(target, sample))).body);
    for (const operation of operations) {
      const made = requestFor(
        source,
        seen.ids,
        operation,
        pick(source.random, ['valid', 'nearly', 'nearly', 'hostile']),
      );
      const ask = atHome(target, made);
      const fault = await faultOf(target, ask, seen);
      if (fault !== undefined)
        faults.push(`${fault}: ${ask.method} ${ask.path} ${String(ask.body ?? '').slice(0, 600)}`);
    }
  }
  // Whatever was stored above is shown without a fault.
  for (const { method, path } of operations.filter((one) => one.method === 'GET' && !one.path.includes('{'))) {
    const fault = await faultOf(target, { method, path }, seen);
    if (fault !== undefined) faults.push(`afterwards ${fault}: ${method} ${path}`);
  }
  const statuses = [...seen.answered].sort().map(([status, count]) => `${count} x ${status}`);
  console.log(`${operations.length} operations, ${rounds} rounds, seed ${seed}: ${statuses.join(', ')}`);
  return faults;
}

/** The request with the emulated workspace in place of any other: nothing leaves this machine. */
function atHome({ workspace }: Target, ask: Ask): Ask {
  if (ask.body === undefined) return ask;
  const text = typeof ask.body === 'string' ? ask.body : JSON.stringify(ask.body);
  return { ...ask, body: text.replaceAll(EXAMPLE_HOST, workspace) };
}

async function faultOf(target: Target, ask: Ask, seen: Seen): Promise<string | undefined> {
  try {
    const begun = performance.now();
    const { status, body } = await target.send(
      { ...ask, isStream: STREAMS.test(ask.path.split('?')[0]!) },
      ANSWER_LIMIT_MS,
    );
    seen.answered.set(status, (seen.answered.get(status) ?? 0) + 1);
    if (status >= 500 && !OF_SERVICES.test(body)) return `${status} ${body.slice(0, 200)}`;
    const sent = ask.path.length + String(ask.body ?? '').length;
    if (body.length > MAX_ANSWER && sent < SMALL_REQUEST) return `${body.length} characters`;
    if (performance.now() - begun > ANSWER_LIMIT_MS / 2) return 'slow';
    if (status < 300) learn(seen, ask.path, body);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function operationsOf(description: Schema): Operation[] {
  // biome-ignore lint/suspicious/noExplicitAny: OpenAPI's own structure
  const paths = description.paths as Record<string, Record<string, any>>;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([method]) => method !== 'parameters')
      .map(([method, { parameters = [], requestBody }]) => {
        const [type, media] = Object.entries<{ schema: Schema }>(requestBody?.content ?? {})[0] ?? [];
        return {
          method: method.toUpperCase(),
          path,
          parameters,
          ...(type === undefined ? {} : { body: { type, schema: media!.schema } }),
        };
      }),
  );
}

function requestFor(source: Source, ids: Seen['ids'], { method, path, parameters, body }: Operation, mood: Mood): Ask {
  const { random, known } = source;
  const text = (schema: Schema) => {
    const value: unknown = JSON.parse(valueFor(source, schema, mood).replaceAll('1e400', '1e308'));
    return typeof value === 'string' ? value : JSON.stringify(value);
  };
  const filled = path.replaceAll(/\b(\w+)\/\{\w+\}/g, (_all, collection: string) => {
    const of = ids.get(ID_KINDS[collection] ?? collection) ?? known;
    const id = mood === 'hostile' && random() < 0.5 ? hostileText(random) : pick(random, of);
    return `${collection}/${encode(id)}`;
  });
  const query = parameters
    .filter(({ in: place }) => place === 'query' && random() < 0.5)
    .map(({ name, schema }) => `${name}=${encode(text(schema))}`);
  const headers = parameters
    .filter(({ in: place, name }) => place === 'header' && name !== 'Prefer' && random() < 0.4)
    .map(({ name, schema }) => [name, text(schema).replaceAll(/[^\x20-\x7e]/g, '?')]);
  return {
    method,
    path: query.length === 0 ? filled : `${filled}?${query.join('&')}`,
    headers: { ...Object.fromEntries(headers), ...(body === undefined ? {} : { 'content-type': body.type }) },
    ...(body === undefined ? {} : { body: valueFor(source, body.schema, mood) }),
  };
}

/** Half a surrogate pair cannot be percent-encoded; other bytes that are no UTF-8 can. */
function encode(text: string): string {
  return text.isWellFormed() ? encodeURIComponent(text) || '%20' : '%ED%A0%80';
}

/** Ids and secret links in an answer, by kind; the last ones, so that what was deleted is forgotten. */
function learn({ ids, known }: Pick<Seen, 'ids' | 'known'>, path: string, body: string): void {
  const manifests = MANIFESTS.exec(path)?.[1];
  const found = [
    ...Array.from(body.matchAll(/"id":"(([a-z]+)_[a-z0-9]{10,40})"/g), ([, id, kind]) => [kind!, id!] as const),
    ...Array.from(
      body.matchAll(/\/(connect|hooks|approvals)\/([\w.-]{10,200})"/g),
      ([, kind, id]) => [kind!, id!] as const,
    ),
    ...(manifests === undefined
      ? []
      : Array.from(body.matchAll(/"id":"([a-z_.]{3,60})"/g), ([, id]) => [manifests, id!] as const)),
  ];
  for (const [kind, id] of found) {
    const of = ids.get(kind) ?? [];
    ids.set(kind, [...of.filter((other) => other !== id), id].slice(-4));
    if (!known.includes(id)) known.push(id);
  }
  if (known.length > 80) known.splice(10, known.length - 80);
}
