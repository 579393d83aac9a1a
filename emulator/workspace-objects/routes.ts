import type { Access } from '../access.ts';
import { ApiError, invalid, malformed } from '../errors.ts';
import type { Answer, Call, Route } from '../router.ts';
import { exportObject } from './export.ts';
import { decodeContent, type ImportRequest, importObject } from './import.ts';
import { checkPath, type Entry, isFolder, plainPath, type Tree } from './tree.ts';

const PATH = '/api/2.0/workspace';

/** Routes of notebooks, files and folders of the workspace. */
export function workspaceRoutes(tree: Tree, access: Access): Route[] {
  const pathOf = (value: unknown, privilege: string): string => {
    const path = plainPath(checkPath(value));
    access.check('path', path, privilege);
    return path;
  };
  // paths are answered as they were asked for, with /Workspace or without
  const prefixOf = (value: unknown) => (/^\/Workspace(\/|$)/.test(String(value)) ? '/Workspace' : '');
  const describe = (entry: Entry, prefix = '') => {
    const { path, object_id, object_type, language, created_at, modified_at, size } = entry;
    const times = isFolder(entry) ? {} : { created_at, modified_at };
    return {
      object_type,
      path: `${prefix}${path}`,
      object_id,
      resource_id: String(object_id),
      ...(language === undefined ? {} : { language }),
      ...times,
      ...(object_type === 'FILE' ? { size } : {}),
    };
  };

  const bring = async (call: Call): Promise<Answer> => {
    const multipart = call.request.headers['content-type']?.startsWith('multipart/form-data') ?? false;
    const given = multipart ? await readForm(call) : call.body;
    const content = Buffer.isBuffer(given.content) ? given.content : decodeContent(String(given.content ?? ''));
    importObject(tree, {
      path: pathOf(given.path, 'CAN_MANAGE'),
      format: (given.format as ImportRequest['format'] | undefined) ?? 'SOURCE',
      overwrite: given.overwrite === true || given.overwrite === 'true',
      content,
      ...(given.language === undefined ? {} : { language: given.language as NonNullable<ImportRequest['language']> }),
    });
    return {};
  };

  const send = ({ query }: Call): Answer => {
    const entry = tree.require(pathOf(query.path, 'CAN_READ'));
    const { bytes, type } = exportObject(tree, entry, String(query.format ?? 'SOURCE'));
    if (query.direct_download !== true) return { json: { content: bytes.toString('base64'), file_type: type } };
    const name = `${entry.path.slice(entry.path.lastIndexOf('/') + 1)}.${type}`;
    return {
      bytes,
      headers: {
        'content-type': 'application/octet-stream',
        'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
      },
    };
  };

  const list = ({ query }: Call): Answer => {
    const entry = tree.require(pathOf(query.path, 'CAN_READ'));
    const after = Number(query.notebooks_modified_after ?? 0);
    const found = isFolder(entry) ? tree.children(entry.path) : [entry];
    const objects = found
      .filter((item) => item.object_type !== 'NOTEBOOK' || item.modified_at >= after)
      .map((item) => describe(item, prefixOf(query.path)));
    return { json: objects.length > 0 ? { objects } : {} };
  };

  const remove = ({ body }: Call): Answer => {
    const entry = tree.require(pathOf(body.path, 'CAN_MANAGE'));
    if (entry.path === '/') throw invalid('The root folder cannot be deleted.');
    if (isFolder(entry) && body.recursive !== true && tree.children(entry.path).length > 0) {
      throw new ApiError(400, 'DIRECTORY_NOT_EMPTY', `Folder (${entry.path}) is not empty`);
    }
    tree.remove(entry);
    return {};
  };

  return [
    { method: 'POST', template: `${PATH}/import`, body: 'json-or-multipart', handle: bring },
    { method: 'GET', template: `${PATH}/export`, handle: send },
    { method: 'GET', template: `${PATH}/list`, handle: list },
    {
      method: 'GET',
      template: `${PATH}/get-status`,
      handle: ({ query }) => ({ json: describe(tree.require(pathOf(query.path, 'CAN_READ')), prefixOf(query.path)) }),
    },
    { method: 'POST', template: `${PATH}/delete`, handle: remove },
    {
      method: 'POST',
      template: `${PATH}/mkdirs`,
      handle: ({ body }) => {
        tree.makeFolder(pathOf(body.path, 'CAN_MANAGE'));
        return {};
      },
    },
  ];
}

const FORM_FIELDS = ['path', 'format', 'language', 'overwrite', 'content'];

async function readForm(call: Call): Promise<Record<string, unknown>> {
  const request = new Request('http://form', {
    method: 'POST',
    headers: { 'content-type': String(call.request.headers['content-type']) },
    body: new Uint8Array(call.bytes),
  });
  const form = await request.formData().catch((error: Error) => {
    throw malformed(`Could not parse the form: ${error.message}.`);
  });
  const values: Record<string, unknown> = {};
  for (const [name, value] of form) {
    if (!FORM_FIELDS.includes(name)) throw invalid(`Unknown field '${name}'. Known: ${FORM_FIELDS.join(', ')}.`);
    values[name] = typeof value === 'string' ? value : Buffer.from(await value.arrayBuffer());
  }
  if (values.path === undefined) throw invalid('Missing required field: path');
  return values;
}
