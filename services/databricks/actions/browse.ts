import { readFile } from 'node:fs/promises';
import type { ActionCall, ActionState, Io, Step } from '../../../actions/call.ts';
import { type Listing, readListing } from '../../../actions/listing.ts';
import { ConnectorError } from '../../../connector/errors.ts';
import type { Action } from '../../../connector/manifest.ts';
import { readPath } from '../../../connector/template.ts';

type Kind = 'catalog' | 'schema' | 'table' | 'volume';

interface Operation {
  method: string;
  path: string;
  title: string;
}

const ROOT = '/api/2.1/unity-catalog';
const SIZE = { param: 'max_results', most: 1_000 };
const OPERATIONS = new URL('../../../manifests/databricks/operations.json', import.meta.url);

/** One level of Unity Catalog under a parent, as a form's picker opens it. A parent that is not there has nothing under it. */
export async function advanceBrowse(_action: Action, call: ActionCall, _state: ActionState, io: Io): Promise<Step> {
  const {
    kind: wanted,
    parent = '',
    max_items: limit,
  } = call.input as { kind: Kind; parent?: string; max_items: number };
  const { kind, listing } = levelUnder(parent, wanted);
  const { items, more } = await readIfThere(io, listing, limit);
  const objects = items.map((item) => {
    const name = String(readPath(item, 'name'));
    return { name, full_name: parent === '' ? name : `${parent}.${name}`, kind, is_leaf: kind === wanted };
  });
  return { kind: 'done', output: { objects, more } };
}

/** REST operations from the index beside the manifests, by method and words; asks nothing of the workspace. */
export async function advanceListOperations(
  _action: Action,
  call: ActionCall,
  _state: ActionState,
  _io: Io,
): Promise<Step> {
  const {
    method,
    search = '',
    max_items: limit,
  } = call.input as { method?: string; search?: string; max_items: number };
  const words = search
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const all = JSON.parse(await readFile(OPERATIONS, 'utf8')) as Operation[];
  const found = all.filter((operation) => {
    const text = `${operation.path} ${operation.title}`.toLowerCase();
    return (method === undefined || operation.method === method) && words.every((word) => text.includes(word));
  });
  return { kind: 'done', output: { operations: found.slice(0, limit), more: found.length > limit } };
}

/** Names may hold dots after the schema; the first two dots separate. */
function levelUnder(parent: string, wanted: Kind): { kind: Kind; listing: Listing } {
  if (parent === '')
    return { kind: 'catalog', listing: { path: `${ROOT}/catalogs`, query: {}, items: 'catalogs', size: SIZE } };
  const dot = parent.indexOf('.');
  if (dot === -1) {
    return {
      kind: 'schema',
      listing: { path: `${ROOT}/schemas`, query: { catalog_name: parent }, items: 'schemas', size: SIZE },
    };
  }
  const query = { catalog_name: parent.slice(0, dot), schema_name: parent.slice(dot + 1) };
  if (wanted === 'volume')
    return { kind: 'volume', listing: { path: `${ROOT}/volumes`, query, items: 'volumes', size: SIZE } };
  // A table as its column list is large; only names are shown.
  const slim = { ...query, omit_columns: true, omit_properties: true };
  return {
    kind: 'table',
    listing: { path: `${ROOT}/tables`, query: slim, items: 'tables', size: { param: 'max_results', most: 50 } },
  };
}

async function readIfThere(io: Io, listing: Listing, limit: number): Promise<{ items: unknown[]; more: boolean }> {
  try {
    return await readListing(io, listing, limit);
  } catch (error) {
    // A workspace without Unity Catalog has not even the endpoint, which is worth telling.
    const isParent =
      error instanceof ConnectorError &&
      error.kind === 'not_found' &&
      error.upstream?.error_code !== 'ENDPOINT_NOT_FOUND';
    if (isParent) return { items: [], more: false };
    throw error;
  }
}
