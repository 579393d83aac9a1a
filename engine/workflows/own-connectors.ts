import type { ConnectorSource } from '../../connector/connector-source.ts';
import { ConnectorError, type ValidationError } from '../../connector/errors.ts';
import { stringifyJson } from '../../connector/json.ts';
import type {
  Connector,
  ConnectorManifest,
  Json,
  JsonObject,
  Manifests,
  TriggerKind,
} from '../../connector/manifest.ts';
import { compileSchema } from '../../connector/schema.ts';
import type { Actor } from '../access/actor.ts';
import { limitRate } from '../access/rates.ts';
import { changeSet } from '../connectors/change-set.ts';
import { encodeSource, readFiles } from '../connectors/connector-sets.ts';
import { scopeOf } from '../connectors/scope.ts';
import type { Context } from '../runs/context.ts';
import { followPaces } from './connector-paces.ts';
import { type Parts, refuseBreaking, refuseWhileUsed } from './connector-uses.ts';

/** Of the stored text of one connector. */
const MAX_BYTES = 2_000_000;
const MAX_FILES = 500;
/** Each is checked in a process of its own. */
const CHECK_RATE = { most: 30, windowMs: 60_000 };

/** Body of `POST /v1/connectors` and of its PUT. */
export const CONNECTOR_SCHEMA: JsonObject = Object.freeze({
  type: 'object',
  required: ['files'],
  additionalProperties: false,
  properties: {
    files: {
      title: 'Files',
      description:
        'The files of the connector by their paths: `connector.json`, `actions/NAME.json`, `triggers/NAME.json` and `schemas/NAME.json` as JSON, an icon `NAME.svg` as text.',
      type: 'object',
      required: ['connector.json'],
      properties: { 'connector.json': { description: 'The connector itself.' } },
      maxProperties: MAX_FILES,
      propertyNames: {
        maxLength: 100,
        pattern: '^(connector\\.json|(actions|triggers|schemas)/[a-z][a-z0-9_]*\\.json|[a-z][a-z0-9_-]*\\.svg)$',
      },
      additionalProperties: true,
    },
  },
});

const body = compileSchema(CONNECTOR_SCHEMA);
const ID = /^[a-z][a-z0-9_]{0,39}$/;

/**
 * Stores a tenant's own connector, which holds for everything that begins from then on. Of two at once with the same id, one is refused.
 * @throws ConnectorError ERR_MANIFEST_INVALID with the first 50 validation errors, whose pointer is `file#/json/pointer`; ERR_INPUT_INVALID;
 * ERR_CONFLICT when the tenant has one with this id; ERR_PAYLOAD_TOO_LARGE, ERR_QUOTA_EXCEEDED, ERR_RATE_LIMITED
 */
export async function addConnector(ctx: Context, caller: Actor, given: unknown): Promise<Connector> {
  const checked = await check(ctx, caller.tenant, given);
  const { id } = checked;
  await changeSet(ctx, caller, async ({ connectors }) => {
    if (Object.hasOwn(connectors, id)) throw exists(id);
    return { id, stored: checked, noted: noted('add', checked) };
  });
  return getOwn(ctx, caller.tenant, id);
}

/**
 * Replaces the files of a tenant's own connector: runs that begin from then on use them, those that have begun keep theirs. The same files
 * again change nothing.
 * @throws ConnectorError as `addConnector`; ERR_NOT_FOUND; ERR_CONFLICT when it would break workflows or send credentials elsewhere
 */
export async function replaceConnector(
  ctx: Context,
  caller: Actor,
  of: { id: string; body: unknown },
): Promise<Connector> {
  const { tenant } = caller;
  await getOwn(ctx, tenant, of.id);
  const checked = await check(ctx, tenant, of.body, of.id);
  const { id, text, manifest, parts } = checked;
  const replaced: { before?: Manifests } = {};
  await changeSet(ctx, caller, async ({ connectors }, catalog) => {
    delete replaced.before;
    const before = Object.hasOwn(connectors, id) ? connectors[id] : undefined;
    if (before === undefined || catalog === undefined) throw notOwn(ctx, id);
    const [known] = await readFiles(ctx, tenant, [{ id, revision: before.revision }]);
    if (known === text) return undefined;
    const manifests = await ctx.catalogs.get(tenant, catalog);
    await refuseBreaking(ctx, tenant, { id, before: manifests, after: { manifest, parts } });
    replaced.before = manifests;
    return { id, stored: checked, noted: noted('replace', checked) };
  });
  if (replaced.before !== undefined) await followPaces(ctx, tenant, { id, before: replaced.before });
  return getOwn(ctx, tenant, id);
}

/**
 * Removes a tenant's own connector. Runs that have begun end with it.
 * @throws ConnectorError ERR_NOT_FOUND; ERR_CONFLICT while workflows, linked accounts or OAuth apps use it
 */
export async function removeConnector(ctx: Context, caller: Actor, id: string): Promise<void> {
  await changeSet(ctx, caller, async ({ connectors }) => {
    if (!Object.hasOwn(connectors, id)) throw notOwn(ctx, id);
    await refuseWhileUsed(ctx, caller.tenant, id);
    return { id, noted: { action: 'connector.remove', target: { kind: 'connector', id } } };
  });
}

interface Checked {
  id: string;
  text: string;
  title: string;
  manifest: ConnectorManifest;
  parts: Parts;
}

async function check(ctx: Context, tenant: string, given: unknown, known?: string): Promise<Checked> {
  const { files } = body.check(given, 'the connector') as { files: Record<string, unknown> };
  const source = sourceOf(files);
  const { id } = source;
  const text = encodeSource(source);
  const size = Buffer.byteLength(text);
  if (size > MAX_BYTES) {
    throw new ConnectorError(
      'ERR_PAYLOAD_TOO_LARGE',
      `the connector has ${size} bytes; at most ${MAX_BYTES} are allowed`,
      {
        hint: 'Split it into several connectors.',
      },
    );
  }
  if (known !== undefined && id !== known)
    throw invalid(id, [idError(id, `is "${id}", and the path says "${known}"; make them equal`)]);
  if (known === undefined && ctx.catalogs.builtIn.connectors.has(id))
    throw invalid(id, [
      idError(id, `"${id}" is a connector of this installation already; rename it and the ids in it`),
    ]);
  // Of two at once, the one that comes later is refused when it is written.
  const present = (await scopeOf(ctx, tenant)).manifests.connectors.get(id)?.own;
  if (known === undefined && present !== undefined) throw exists(id);
  await limitRate(ctx, { subject: 'connector-checks', id: tenant, ...CHECK_RATE, what: 'connectors to check' });
  const errors = await ctx.catalogs.checkSource(tenant, { id, text });
  if (errors.length > 0) throw invalid(id, errors);
  const manifest = source.files.get('connector.json') as unknown as ConnectorManifest;
  return { id, text, title: manifest.title, manifest, parts: partsOf(source) };
}

function partsOf({ id, files }: ConnectorSource): Parts {
  const parts = new Map<string, TriggerKind | 'action'>();
  for (const [path, file] of files) {
    const [, folder, name] = /^(actions|triggers)\/(.+)\.json$/.exec(path) ?? [];
    if (name === undefined) continue;
    parts.set(`${id}.${name}`, folder === 'actions' ? 'action' : ((file as { kind?: TriggerKind }).kind ?? 'poll'));
  }
  return parts;
}

/** As a folder of files, whose name is the id of the connector. @throws ConnectorError ERR_MANIFEST_INVALID */
function sourceOf(given: Record<string, unknown>): ConnectorSource {
  // Integers beyond 2^53 become numbers, as they do in a file.
  const files = JSON.parse(stringifyJson(given)) as Record<string, Json>;
  const id = (files['connector.json'] as { id?: unknown } | null)?.id;
  if (typeof id !== 'string' || !ID.test(id)) {
    const message = 'must be 1 to 40 small letters, digits and underscores, a letter first';
    throw invalid('', [{ pointer: 'connector.json#/id', message }]);
  }
  const entries = Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1));
  const icons = entries.filter(([path]) => path.endsWith('.svg'));
  const wrong = icons.flatMap(([path, icon]) =>
    typeof icon === 'string' ? [] : [{ pointer: `${id}/${path}#`, message: 'must be a string: the text of the SVG' }],
  );
  if (wrong.length > 0) throw invalid(id, wrong);
  return {
    id,
    files: new Map(entries.filter(([path]) => path.endsWith('.json'))),
    icons: new Map(icons as [string, string][]),
  };
}

async function getOwn(ctx: Context, tenant: string, id: string): Promise<Connector> {
  const { manifests } = await scopeOf(ctx, tenant);
  const connector = manifests.connectors.get(id);
  if (connector?.own === undefined) throw notOwn(ctx, id);
  return connector;
}

function noted(verb: string, { id, title, parts }: Checked) {
  return {
    action: `connector.${verb}`,
    target: { kind: 'connector', id, name: title },
    details: { actions_and_triggers: parts.size },
  };
}

function idError(id: string, message: string): ValidationError {
  return { pointer: `${id}/connector.json#/id`, message };
}

function invalid(id: string, errors: ValidationError[]): ConnectorError {
  const first = errors[0]!;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  const of = id === '' ? 'the connector' : `the connector "${id}"`;
  return new ConnectorError('ERR_MANIFEST_INVALID', `${of} is not valid: ${first.pointer}: ${first.message}${more}`, {
    hint: 'Correct the files. "penstock connectors check FOLDER" finds most of it without a server.',
    errors,
    sent: 'no',
  });
}

function exists(id: string): ConnectorError {
  return new ConnectorError('ERR_CONFLICT', `there is a connector "${id}" already`, {
    hint: `Replace it with PUT /v1/connectors/${id}, or "penstock connectors add --replace".`,
  });
}

function notOwn({ catalogs }: Context, id: string): ConnectorError {
  const isBuiltIn = catalogs.builtIn.connectors.has(id);
  return new ConnectorError('ERR_NOT_FOUND', `the tenant has no connector "${id}" of its own`, {
    hint: isBuiltIn
      ? 'It is part of this installation, which only its operator changes.'
      : 'GET /v1/connectors lists them; the origin of the own ones is "tenant".',
  });
}
