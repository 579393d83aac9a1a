import { upgrade } from '@scalar/openapi-upgrader';
import { parse } from 'yaml';
import { targetOf } from './pointer.ts';

export type Node = { [key: string]: unknown };

/** A description that cannot be used: `#/paths: is missing, so …; what to do`. A reader puts the name of the file before it. */
export class UnusableDescription extends Error {
  constructor(pointer: string, what: string) {
    super(`#${pointer}: ${what}`);
  }
}

/** A description of OpenAPI 3.1, whatever it was. */
export interface Description {
  title: string;
  version: string;
  /** URL of the first server, as it is written; empty when there is none. */
  server: string;
  root: Node;
  operations: Operation[];
  /** What cannot be told apart or used, one sentence each. */
  notes: string[];
}

export interface Operation {
  /** `GET /pets/{id}`. */
  key: string;
  /** Its operationId, if it has one and no other operation has the same. */
  id: string | undefined;
  method: string;
  path: string;
  node: Node;
  /** Parameters of the path, before those of the operation itself. */
  shared: unknown[];
}

/** The largest that is read. Descriptions of whole clouds have about 20 MB. */
const MAX_CHARACTERS = 64 * 1024 * 1024;
/** What to do with a file that cannot be read. */
const CONVERT = 'write it as OpenAPI 3.0 or 3.1, or Swagger 2.0';
const METHODS = ['get', 'put', 'post', 'delete', 'patch', 'head', 'options', 'trace'];

/**
 * Reads a description: JSON or YAML, OpenAPI 3.0, 3.1 or Swagger 2.
 * @throws UnusableDescription when it is none
 */
export function readDescription(text: string): Description {
  if (text.length > MAX_CHARACTERS)
    throw new UnusableDescription(
      '',
      `has ${text.length} characters, and at most ${MAX_CHARACTERS} are read; take out paths that you do not need`,
    );
  const given = parseText(text);
  if (!isNode(given)) throw new UnusableDescription('', `is no object, so it is no description; ${CONVERT}`);
  const version = String(given.openapi ?? given.swagger ?? '');
  if (!/^(2\.0|3\.[01])/.test(version)) {
    const said = version === '' ? 'is missing, and so is "swagger"' : `is "${version}"`;
    throw new UnusableDescription(given.swagger === undefined ? '/openapi' : '/swagger', `${said}; ${CONVERT}`);
  }
  if (!isNode(given.paths))
    throw new UnusableDescription(
      '/paths',
      'is no object, so no operation is described; add the paths, or take another file',
    );
  const root = upgraded(given);
  const notes: string[] = [];
  return {
    title: String((root.info as Node | undefined)?.title ?? ''),
    version: String((root.info as Node | undefined)?.version ?? ''),
    server: serverOf(root),
    root,
    operations: operationsOf(root, notes),
    notes,
  };
}

/** What a node stands for: local references are followed, a circle of them and one that leads nowhere are undefined. */
export function resolved(root: Node, node: unknown): Node | undefined {
  const seen = new Set<string>();
  let at = node;
  while (isNode(at) && typeof at.$ref === 'string') {
    if (!at.$ref.startsWith('#') || seen.has(at.$ref)) return undefined;
    seen.add(at.$ref);
    at = targetOf(root, at.$ref);
  }
  return isNode(at) ? at : undefined;
}

export function isNode(value: unknown): value is Node {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function parseText(text: string): unknown {
  try {
    return /^\s*[{[]/.test(text) ? JSON.parse(text) : parse(text);
  } catch (error) {
    const [line] = (error as Error).message.split('\n');
    throw new UnusableDescription('', `can be read neither as JSON nor as YAML: ${line}; ${CONVERT}`);
  }
}

function upgraded(given: Node): Node {
  try {
    const root = upgrade(given as never, '3.1') as unknown;
    if (isNode(root) && isNode(root.paths)) return root;
  } catch (error) {
    throw new UnusableDescription(
      '',
      `cannot be brought to OpenAPI 3.1: ${(error as Error).message}; convert it first`,
    );
  }
  throw new UnusableDescription('/paths', 'cannot be brought to OpenAPI 3.1: nothing is left; convert it first');
}

function serverOf(root: Node): string {
  const [first] = Array.isArray(root.servers) ? root.servers : [];
  return isNode(first) && typeof first.url === 'string' ? first.url.replace(/(?<!\/)\/+$/, '') : '';
}

function operationsOf(root: Node, notes: string[]): Operation[] {
  const found: Operation[] = [];
  for (const [path, given] of Object.entries(root.paths as Node)) {
    const item = resolved(root, given);
    if (item === undefined) {
      if (!path.startsWith('x-')) notes.push(`${path}: is no object, or refers to what is not in the description.`);
      continue;
    }
    for (const method of METHODS) {
      const node = item[method];
      if (node === undefined) continue;
      const key = `${method.toUpperCase()} ${path}`;
      if (!isNode(node)) {
        notes.push(`${key}: is no object.`);
        continue;
      }
      const id = typeof node.operationId === 'string' && node.operationId !== '' ? node.operationId : undefined;
      const shared = Array.isArray(item.parameters) ? item.parameters : [];
      found.push({ key, id, method: method.toUpperCase(), path, node, shared });
    }
  }
  for (const [id, same] of Map.groupBy(found, (operation) => operation.id)) {
    if (id === undefined || same.length === 1) continue;
    const keys = same.map(({ key }) => key).join(' and ');
    notes.push(`operationId "${id}" is that of ${keys}: name them by method and path.`);
    for (const operation of same) operation.id = undefined;
  }
  return found;
}
