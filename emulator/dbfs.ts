import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { ApiError, invalid, malformed, notFound } from './errors.ts';
import { createCounter, route } from './objects.ts';
import type { Call, Route } from './router.ts';
import type { VolumeFiles } from './unity/volume-files.ts';
import { withoutAtEnd } from './without-at-end.ts';
import type { Workspace } from './workspace.ts';

const PATH = '/api/2.0/dbfs';
const MAX_BLOCK = 1024 * 1024;

interface Place {
  path: string;
  local: string;
}

/** DBFS below the workspace's folder, and volumes under /Volumes; files are streamed in blocks of 1 MiB. */
export function dbfsRoutes(workspace: Workspace, volumes: VolumeFiles): Route[] {
  const root = join(workspace.folder, 'dbfs');
  mkdirSync(join(root, 'tmp'), { recursive: true });
  const nextHandle = createCounter(workspace.store, 'dbfs_handles', 1_000_001);
  const open = new Map<string, Place & { descriptor: number; partial: string }>();

  const placeOf = (value: unknown): Place => {
    const normal = normalize(String(value).replace(/^dbfs:/, ''));
    const path = withoutAtEnd(normal, '/') || normal.slice(0, 1);
    if (!path.startsWith('/')) throw invalid(`Path must be absolute: ${value}`);
    if (!path.startsWith('/Volumes/')) return { path, local: join(root, path) };
    const found = volumes.resolve(path);
    if (found === undefined) throw notFound(`No file or directory exists on path ${path}.`);
    return { path, local: found.local };
  };
  const requirePlace = (value: unknown): Place & { facts: ReturnType<typeof statSync> } => {
    const place = placeOf(value);
    if (!existsSync(place.local)) throw notFound(`No file or directory exists on path ${place.path}.`);
    return { ...place, facts: statSync(place.local) };
  };
  const describe = ({ path, local }: Place) => {
    const facts = statSync(local);
    const size = facts.isDirectory() ? 0 : facts.size;
    return { path, is_dir: facts.isDirectory(), file_size: size, modification_time: Math.round(facts.mtimeMs) };
  };
  const checkFree = ({ path, local }: Place, overwrite: unknown) => {
    if (!existsSync(local)) return mkdirSync(dirname(local), { recursive: true });
    if (statSync(local).isDirectory())
      throw new ApiError(400, 'RESOURCE_ALREADY_EXISTS', `A directory already exists at the input path ${path}.`);
    if (overwrite !== true)
      throw new ApiError(400, 'RESOURCE_ALREADY_EXISTS', `A file already exists at the input path ${path}.`);
  };
  const handleOf = (value: unknown) => {
    const stream = open.get(String(value));
    if (stream === undefined) throw notFound(`No stream exists with handle ${value}.`);
    return stream;
  };

  const read = ({ query }: Call) => {
    const { path, local, facts } = requirePlace(query.path);
    if (facts?.isDirectory()) throw invalid(`Cannot read directory ${path}.`);
    const [offset, length] = [Number(query.offset ?? 0), Number(query.length ?? MAX_BLOCK / 2)];
    if (offset < 0 || length < 0)
      throw invalid(`'offset' and 'length' must not be negative; got ${offset} and ${length}.`);
    if (length > MAX_BLOCK)
      throw new ApiError(400, 'MAX_READ_SIZE_EXCEEDED', `The read size ${length} is larger than ${MAX_BLOCK} bytes.`);
    const bytes = Buffer.alloc(length);
    const descriptor = openSync(local, 'r');
    const count = readSync(descriptor, bytes, 0, length, offset);
    closeSync(descriptor);
    return { json: { bytes_read: count, data: bytes.subarray(0, count).toString('base64') } };
  };

  return [
    route('GET', `${PATH}/list`, ({ query }) => {
      const { path, local, facts } = requirePlace(query.path);
      const names = facts?.isDirectory()
        ? readdirSync(local)
            .filter((name) => !name.endsWith('.part'))
            .sort()
        : undefined;
      const found = names?.map((name) => ({ path: join(path, name), local: join(local, name) })) ?? [{ path, local }];
      return { json: { files: found.map(describe) } };
    }),
    route('GET', `${PATH}/get-status`, ({ query }) => ({ json: describe(requirePlace(query.path)) })),
    route('GET', `${PATH}/read`, read),
    route('POST', `${PATH}/mkdirs`, ({ body }) => {
      const { path, local } = placeOf(body.path);
      if (existsSync(local) && !statSync(local).isDirectory())
        throw new ApiError(400, 'RESOURCE_ALREADY_EXISTS', `A file already exists at the input path ${path}.`);
      mkdirSync(local, { recursive: true });
      return {};
    }),
    { ...route('POST', `${PATH}/put`, (call) => put(call, placeOf, checkFree)), body: 'json-or-multipart' },
    route('POST', `${PATH}/create`, ({ body }) => {
      const place = placeOf(body.path);
      checkFree(place, body.overwrite);
      const handle = nextHandle();
      // nobody sees half a file: it takes its place when it is closed
      const partial = `${place.local}.${handle}.part`;
      open.set(String(handle), { ...place, partial, descriptor: openSync(partial, 'w') });
      return { json: { handle } };
    }),
    route('POST', `${PATH}/add-block`, ({ body }) => {
      const bytes = decode(body.data);
      if (bytes.length > MAX_BLOCK)
        throw new ApiError(
          400,
          'MAX_BLOCK_SIZE_EXCEEDED',
          `The block has ${bytes.length} bytes; at most ${MAX_BLOCK} are allowed.`,
        );
      writeSync(handleOf(body.handle).descriptor, bytes);
      return {};
    }),
    route('POST', `${PATH}/close`, ({ body }) => {
      const { descriptor, partial, local } = handleOf(body.handle);
      closeSync(descriptor);
      renameSync(partial, local);
      open.delete(String(body.handle));
      return {};
    }),
    route('POST', `${PATH}/move`, ({ body }) => {
      const from = requirePlace(body.source_path);
      const to = placeOf(body.destination_path);
      const isFolder = existsSync(to.local) && statSync(to.local).isDirectory();
      if (existsSync(to.local) && !isFolder)
        throw new ApiError(400, 'RESOURCE_ALREADY_EXISTS', `A file already exists at the input path ${to.path}.`);
      // a file that is moved to a folder goes into it
      renameSync(from.local, isFolder ? join(to.local, from.path.slice(from.path.lastIndexOf('/') + 1)) : to.local);
      return {};
    }),
    route('POST', `${PATH}/delete`, ({ body }) => {
      const { path, local } = placeOf(body.path);
      if (path === '/') throw invalid('The root of DBFS cannot be deleted.');
      if (!existsSync(local)) return { effect: false };
      if (statSync(local).isDirectory() && body.recursive !== true && readdirSync(local).length > 0)
        throw new ApiError(400, 'IO_ERROR', `Directory ${path} is not empty: use recursive.`);
      rmSync(local, { recursive: true });
      return {};
    }),
  ];
}

async function put(
  call: Call,
  placeOf: (path: unknown) => Place,
  checkFree: (place: Place, overwrite: unknown) => unknown,
) {
  const type = String(call.request.headers['content-type'] ?? '');
  let { path, overwrite, contents } = call.body;
  if (type.startsWith('multipart/')) {
    const request = new Request('http://form', {
      method: 'POST',
      headers: { 'content-type': type },
      body: new Uint8Array(call.bytes),
    });
    const form = await request.formData().catch((error: Error) => {
      throw malformed(`Could not parse the form: ${error.message}.`);
    });
    [path, overwrite] = [form.get('path'), form.get('overwrite') === 'true'];
    const part = form.get('contents');
    const bytes =
      typeof part === 'string'
        ? Buffer.from(part)
        : Buffer.from(new Uint8Array((await part?.arrayBuffer()) ?? new ArrayBuffer(0)));
    contents = bytes.toString('base64');
    if (path === null) throw invalid('Missing required field: path');
  }
  const bytes = decode(contents ?? '');
  if (!type.startsWith('multipart/') && bytes.length > MAX_BLOCK)
    throw new ApiError(
      400,
      'MAX_BLOCK_SIZE_EXCEEDED',
      `'contents' has ${bytes.length} bytes; at most ${MAX_BLOCK} are allowed.`,
    );
  const place = placeOf(path);
  checkFree(place, overwrite);
  writeFileSync(place.local, bytes);
  return {};
}

function decode(text: unknown): Buffer {
  if (!/^[A-Za-z0-9+/\s]*={0,2}$/.test(String(text).trimEnd())) throw invalid('The data must be base64-encoded.');
  return Buffer.from(String(text), 'base64');
}
