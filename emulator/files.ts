import { createWriteStream, existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Access } from './access.ts';
import { ApiError, invalid } from './errors.ts';
import { pageOf } from './paging.ts';
import type { Answer, Call, Route } from './router.ts';
import { fullNameText } from './unity/names.ts';
import type { VolumeFiles } from './unity/volume-files.ts';
import { createUploads, rangeOf } from './uploads.ts';
import type { Workspace } from './workspace.ts';

const FILES = '/api/2.0/fs/files/{path...}';
const FOLDERS = '/api/2.0/fs/directories/{path...}';
/** A single upload may have 5 GiB. */
const UPLOAD_LIMIT = 5 * 1024 ** 3;

/** The Files API: files and folders of Unity Catalog volumes. */
export function fileRoutes(workspace: Workspace, files: VolumeFiles, access: Access): Route[] {
  const findPath = (given: string, privilege: string): { local: string; path: string; top: boolean } => {
    const path = given.replace(/(?<!\/)\/+$/, '');
    if (!path.startsWith('/Volumes/'))
      throw invalid(`Invalid path: '${path}'. The path must be /Volumes/<catalog>/<schema>/<volume>/<path>.`);
    const found = files.resolve(path);
    if (found === undefined) throw new ApiError(404, 'NOT_FOUND', `Volume of the path '${path}' does not exist.`);
    access.check('volume', fullNameText(found.volume), privilege);
    return { local: found.local, path, top: found.rest === '' };
  };
  const find = (call: Call, privilege: string) => findPath(`/${String(call.params.path)}`, privilege);
  const checkFree = ({ local, path }: { local: string; path: string }, overwrite: unknown) => {
    if (existsSync(local) && statSync(local).isDirectory())
      throw new ApiError(409, 'ALREADY_EXISTS', `A directory exists at the path ${path}.`);
    if (existsSync(local) && overwrite !== true)
      throw new ApiError(409, 'ALREADY_EXISTS', `The file being created already exists. Path: ${path}`);
  };
  const uploads = createUploads(workspace, { place: findPath, checkFree });
  const requireFile = (call: Call, privilege: string) => {
    const found = find(call, privilege);
    if (!existsSync(found.local) || !statSync(found.local).isFile())
      throw new ApiError(404, 'NOT_FOUND', `The file being accessed is not found. Path: ${found.path}`);
    return { ...found, facts: statSync(found.local) };
  };
  const requireFolder = (call: Call, privilege: string) => {
    const found = find(call, privilege);
    if (!existsSync(found.local) || !statSync(found.local).isDirectory())
      throw new ApiError(404, 'NOT_FOUND', `The directory being accessed is not found. Path: ${found.path}`);
    return found;
  };
  const headersOf = (facts: { size: number; mtime: Date }) => ({
    'content-type': 'application/octet-stream',
    'content-length': String(facts.size),
    'last-modified': facts.mtime.toUTCString(),
    'accept-ranges': 'bytes',
  });

  const upload = async (call: Call): Promise<Answer> => {
    const { local, path, top } = find(call, 'WRITE VOLUME');
    if (top) throw invalid(`'${path}' is a volume, not a file.`);
    if (Number(call.request.headers['content-length'] ?? 0) > UPLOAD_LIMIT)
      throw new ApiError(413, 'REQUEST_ENTITY_TOO_LARGE', 'A file of more than 5 GiB cannot be uploaded at once.');
    checkFree({ local, path }, call.query.overwrite);
    mkdirSync(dirname(local), { recursive: true });
    // nobody sees half a file: it takes its place when it is whole
    const partial = `${local}.${call.requestId}.part`;
    try {
      await pipeline(call.request, createWriteStream(partial));
      await rename(partial, local);
    } catch (error) {
      rmSync(partial, { force: true });
      throw error;
    }
    return { status: 204, empty: true };
  };

  const download = (call: Call): Answer => {
    const { local, facts } = requireFile(call, 'READ VOLUME');
    checkUnmodified(call, facts.mtime);
    return rangeOf(local, call.request.headers.range, { 'last-modified': facts.mtime.toUTCString() });
  };

  const list = (call: Call): Answer => {
    const { local, path } = requireFolder(call, 'READ VOLUME');
    const entries = readdirSync(local, { withFileTypes: true })
      .filter((entry) => !entry.name.endsWith('.part'))
      .sort((a, b) => a.name.localeCompare(b.name));
    const size = (call.query.page_size as number | undefined) || 1000;
    const { items, next_page_token } = pageOf(entries, { list: `files ${path}`, token: call.query.page_token, size });
    const contents = items.map((entry) => {
      const facts = statSync(`${local}/${entry.name}`);
      const file = entry.isDirectory() ? { is_directory: true } : { is_directory: false, file_size: facts.size };
      return { path: `${path}/${entry.name}`, name: entry.name, ...file, last_modified: Math.round(facts.mtimeMs) };
    });
    return { json: { contents, ...(next_page_token === undefined ? {} : { next_page_token }) } };
  };

  const makeFolder = (call: Call): Answer => {
    const { local, path } = find(call, 'WRITE VOLUME');
    if (existsSync(local) && statSync(local).isFile())
      throw new ApiError(409, 'ALREADY_EXISTS', `A file exists at the path ${path}.`);
    mkdirSync(local, { recursive: true });
    return { status: 204, empty: true };
  };

  const removeFolder = (call: Call): Answer => {
    const { local, path, top } = requireFolder(call, 'WRITE VOLUME');
    if (top) throw invalid(`'${path}' is a volume; delete the volume instead.`);
    if (readdirSync(local).length > 0)
      throw new ApiError(400, 'DIRECTORY_NOT_EMPTY', `The directory is not empty. Path: ${path}`);
    rmdirSync(local);
    return { status: 204, empty: true };
  };

  const removeFile = (call: Call): Answer => {
    rmSync(requireFile(call, 'WRITE VOLUME').local);
    return { status: 204, empty: true };
  };

  return [
    ...uploads.routes,
    { method: 'POST', template: FILES, handle: uploads.act },
    { method: 'PUT', template: FILES, body: 'raw', handle: upload },
    { method: 'GET', template: FILES, handle: download },
    {
      method: 'HEAD',
      template: FILES,
      handle: (call) => {
        const { facts } = requireFile(call, 'READ VOLUME');
        checkUnmodified(call, facts.mtime);
        return { empty: true, headers: headersOf(facts) };
      },
    },
    { method: 'DELETE', template: FILES, handle: removeFile },
    { method: 'GET', template: FOLDERS, handle: list },
    { method: 'PUT', template: FOLDERS, handle: makeFolder },
    {
      method: 'HEAD',
      template: FOLDERS,
      handle: (call) => {
        requireFolder(call, 'READ VOLUME');
        return { empty: true };
      },
    },
    { method: 'DELETE', template: FOLDERS, handle: removeFolder },
  ];
}

// HTTP times have whole seconds
function checkUnmodified({ request, path }: Call, modified: Date): void {
  const since = Date.parse(request.headers['if-unmodified-since'] ?? '');
  if (!Number.isNaN(since) && Math.floor(modified.getTime() / 1000) * 1000 > since)
    throw new ApiError(
      412,
      'FAILED_PRECONDITION',
      `The file was modified after the time of If-Unmodified-Since. Path: ${path}`,
    );
}
