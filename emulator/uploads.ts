import { createHash } from 'node:crypto';
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ApiError, invalid, notFound } from './errors.ts';
import { route } from './objects.ts';
import type { Answer, Call, Route } from './router.ts';
import { hexId, type Workspace } from './workspace.ts';

interface Session {
  path: string;
  local: string;
  overwrite: boolean;
}

interface Part {
  part_number: number;
  etag: string;
}

/** What uploads need of the Files API. */
export interface UploadTarget {
  /** The local file of a path in a volume. @throws ApiError when the path cannot be written. */
  place(path: string, privilege: string): { path: string; local: string };
  /** @throws ApiError 409 when something is there that must not be replaced. */
  checkFree(place: { path: string; local: string }, overwrite: unknown): void;
}

const STORAGE = '/__storage/{session}/{part}';
const DEFAULT_SECONDS = 3600;

/**
 * Multipart uploads and pre-signed links, as the SDKs use them for large files: a session, a link for each part that takes no token,
 * and the list of parts that completes it. Parts are kept beside the results until then.
 */
export function createUploads(workspace: Workspace, target: UploadTarget) {
  const sessions = workspace.store.collection<Session>('upload_sessions');
  const folderOf = (session: string) => join(workspace.folder, 'uploads', session);
  const find = (token: unknown, path?: string): Session & { id: string } => {
    const found = sessions.get(String(token));
    if (found === undefined || (path !== undefined && path !== found.path))
      throw new ApiError(
        404,
        'NOT_FOUND',
        `The upload session does not exist, was completed or was aborted. Path: ${path}`,
      );
    return { ...found, id: String(token) };
  };
  const link = (subject: string, expires: unknown) => {
    const time = expires === undefined ? workspace.now() + DEFAULT_SECONDS * 1000 : Date.parse(String(expires));
    if (Number.isNaN(time)) throw invalid(`'expire_time' must be an RFC 3339 time; got '${expires}'.`);
    const signature = workspace.signer.sign({ use: 'link', subject, expiresAt: time });
    return { url: `${workspace.url()}${subject}?signature=${signature}`, headers: [] };
  };
  // storage answers in XML, and 403 for a link that is wrong or too old
  const checkLink = ({ path, query }: Call): Answer | undefined => {
    const claims = workspace.signer.read(String(query.signature ?? ''));
    if (claims?.use === 'link' && claims.subject === path && claims.expiresAt > workspace.now()) return undefined;
    const text =
      '<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>';
    return { status: 403, text, headers: { 'content-type': 'application/xml' } };
  };

  const complete = async (session: Session & { id: string }, parts: Part[]): Promise<Answer> => {
    const numbers = parts.map((part) => part.part_number);
    if (numbers.length === 0 || numbers.some((number, index) => index > 0 && number <= (numbers[index - 1] as number)))
      throw invalid("'parts' must be in ascending order of part_number, with at least one part.");
    const files = parts.map(({ part_number, etag }) => {
      const file = join(folderOf(session.id), String(part_number));
      if (!existsSync(file) || readFileSync(`${file}.etag`, 'utf8') !== etag)
        throw invalid(`Part ${part_number} was not uploaded, or has another etag than '${etag}'.`);
      return file;
    });
    target.checkFree(session, session.overwrite);
    const whole = join(folderOf(session.id), 'whole');
    for (const [index, file] of files.entries())
      await pipeline(createReadStream(file), createWriteStream(whole, { flags: index === 0 ? 'w' : 'a' }));
    mkdirSync(dirname(session.local), { recursive: true });
    await rename(whole, session.local);
    sessions.delete(session.id);
    rmSync(folderOf(session.id), { recursive: true, force: true });
    return {};
  };

  const routes: Route[] = [
    route('POST', '/api/2.0/fs/create-upload-part-urls', ({ body }) => {
      const { id } = find(body.session_token, String(body.path));
      const [first, count] = [Number(body.start_part_number ?? 1), Number(body.count ?? 1)];
      if (first < 1 || count < 1 || first + count > 10_001) throw invalid('Part numbers must be 1 to 10000.');
      const links = Array.from({ length: count }, (_, index) => ({
        part_number: first + index,
        ...link(`/__storage/${id}/${first + index}`, body.expire_time),
      }));
      return { json: { upload_part_urls: links } };
    }),
    route('POST', '/api/2.0/fs/create-abort-upload-url', ({ body }) => {
      const { id } = find(body.session_token, String(body.path));
      return { json: { abort_upload_url: link(`/__storage/${id}/all`, body.expire_time) } };
    }),
    route('POST', '/api/2.0/fs/create-resumable-upload-url', () => {
      throw new ApiError(
        400,
        'INVALID_PARAMETER_VALUE',
        'Resumable uploads are for Google Cloud; this workspace is on AWS.',
      );
    }),
    route('POST', '/api/2.0/fs/create-download-url', ({ body, query }) => {
      const asked = String(query.path ?? body.path);
      const { path, local } = target.place(asked, 'READ VOLUME');
      if (!existsSync(local))
        throw new ApiError(404, 'NOT_FOUND', `The file being accessed is not found. Path: ${path}`);
      const id = hexId(32);
      sessions.put(id, { path, local, overwrite: false });
      return { json: link(`/__storage/${id}/download`, query.expire_time ?? body.expire_time) };
    }),
    {
      ...route('PUT', STORAGE, async (call) => {
        const refused = checkLink(call);
        if (refused !== undefined) return refused;
        const { id } = find(call.params.session);
        const file = join(folderOf(id), String(Number(call.params.part)));
        mkdirSync(folderOf(id), { recursive: true });
        const hash = createHash('md5');
        await pipeline(
          call.request,
          async function* (source) {
            for await (const piece of source) {
              hash.update(piece as Buffer);
              yield piece;
            }
          },
          createWriteStream(file),
        );
        const etag = `"${hash.digest('hex')}"`;
        writeFileSync(`${file}.etag`, etag);
        return { empty: true, headers: { etag } };
      }),
      open: true,
      body: 'raw',
    },
    {
      ...route('DELETE', STORAGE, (call) => {
        const refused = checkLink(call);
        if (refused !== undefined) return refused;
        const { id } = find(call.params.session);
        sessions.delete(id);
        rmSync(folderOf(id), { recursive: true, force: true });
        return { status: 204, empty: true };
      }),
      open: true,
      body: 'raw',
    },
    {
      ...route('GET', STORAGE, (call) => {
        const refused = checkLink(call);
        if (refused !== undefined) return refused;
        const { local } = find(call.params.session);
        if (!existsSync(local)) throw notFound('The file is gone.');
        return rangeOf(local, call.request.headers.range);
      }),
      open: true,
    },
  ];

  return {
    routes,
    /** `POST /api/2.0/fs/files/...` with `action`: begins or completes an upload. */
    act: (call: Call): Answer | Promise<Answer> => {
      const { action, session_token, overwrite, upload_type } = call.query;
      const asked = `/${String(call.params.path)}`;
      const place = target.place(asked, 'WRITE VOLUME');
      switch (action) {
        case 'initiate-upload': {
          target.checkFree(place, overwrite === 'true' || overwrite === true);
          const id = hexId(32);
          sessions.put(id, { ...place, overwrite: overwrite === 'true' || overwrite === true });
          return { json: { multipart_upload: { session_token: id } } };
        }
        case 'complete-upload':
          if (upload_type !== 'multipart') throw invalid(`'upload_type' must be multipart; got '${upload_type}'.`);
          return complete(find(session_token, place.path), (call.body.parts ?? []) as Part[]);
        default:
          throw invalid(`'action' must be one of initiate-upload, complete-upload; got '${action}'.`);
      }
    },
  };
}

/** A file, or the range of it that a request asks for. */
export function rangeOf(local: string, range: string | undefined, headers: Record<string, string> = {}): Answer {
  const { size } = statSync(local);
  const common = { 'content-type': 'application/octet-stream', 'accept-ranges': 'bytes', ...headers };
  const asked = /^bytes=(\d*)-(\d*)$/.exec(range ?? '');
  if (asked === null || (asked[1] === '' && asked[2] === ''))
    return { stream: createReadStream(local), headers: { ...common, 'content-length': String(size) } };
  const start = asked[1] === '' ? Math.max(0, size - Number(asked[2])) : Number(asked[1]);
  const end = asked[1] === '' || asked[2] === '' ? size - 1 : Math.min(Number(asked[2]), size - 1);
  if (start > end) return { status: 416, empty: true, headers: { 'content-range': `bytes */${size}` } };
  const part = { 'content-length': String(end - start + 1), 'content-range': `bytes ${start}-${end}/${size}` };
  return { status: 206, stream: createReadStream(local, { start, end }), headers: { ...common, ...part } };
}
