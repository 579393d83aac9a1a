import { ConnectorError } from '../connector/errors.ts';
import { type ArtifactHandle, isArtifactOf } from '../engine/artifacts/artifact-store.ts';
import type { Run } from '../engine/runs/run.ts';
import { getRun } from '../engine/runs/runs.ts';
import { type ByteRange, readRange } from './http/range.ts';
import { type Route, route } from './http/route.ts';
import type { Serving } from './http/serving.ts';

interface ArtifactQuery {
  part: 'input' | 'output' | 'rows';
  id?: string;
}

const MEDIA_TYPE = /^[\w.+-]{1,100}\/[\w.+-]{1,100}(;[\x20-\x7e]{0,200})?$/;

/** `/v1/runs/{id}/artifact`: a large output (or input), streamed, whole or in part. */
export function runArtifactRoutes({ ctx }: Serving): Route[] {
  return [
    route<ArtifactQuery>({
      method: 'GET',
      path: '/v1/runs/{id}/artifact',
      operation: 'read_artifact',
      tag: 'Runs',
      summary: 'Download a large output of a run.',
      query: {
        part: {
          title: 'Part',
          type: 'string',
          enum: ['output', 'input', 'rows'],
          default: 'output',
          description:
            'Which large value to download. `output` includes the artifact that an output names (`artifact`). `rows` returns all rows of an output that contains only a preview.',
        },
        id: {
          title: 'Artifact',
          type: 'string',
          maxLength: 600,
          description: 'Id of an artifact of the run, instead of `part`.',
        },
      },
      requestHeaders: {
        Range: 'A byte range (RFC 9110).',
        'If-Range': 'An ETag: the range applies only if it still matches.',
      },
      isStream: true,
      answers: {
        200: {
          description: 'The whole artifact, with its media type.',
          content: '*/*',
          headers: { ETag: 'Changes when the content changes.' },
        },
        206: {
          description: 'The requested range.',
          content: '*/*',
          headers: { 'Content-Range': 'The range and the total size.' },
        },
        416: {
          description: 'The range is outside the artifact.',
          content: 'application/problem+json',
          schema: { $ref: '#/components/schemas/Problem' },
        },
      },
      async handle({ caller, params, query, request, reply }) {
        const run = await getRun(ctx, caller.tenant, params.id!);
        const artifact = artifactOf(run, query);
        if (artifact === undefined && query.id !== undefined) {
          const hint = 'The run and its output list its artifacts. Download artifacts of another run from that run.';
          throw new ConnectorError('ERR_NOT_FOUND', `the run "${run.id}" has no artifact "${query.id}"`, { hint });
        }
        if (artifact === undefined) {
          const hint =
            query.part === 'output' && artifactOf(run, { part: 'rows' }) !== undefined
              ? 'The output contains a preview of the rows. Use part=rows to download all rows.'
              : `The ${query.part === 'rows' ? 'output' : query.part} is small enough to be part of the run: GET /v1/runs/${run.id}.`;
          throw new ConnectorError('ERR_NOT_FOUND', `the run "${run.id}" has no artifact for its ${query.part}`, {
            hint,
          });
        }
        const size = await ctx.artifacts.size(artifact.id);
        const etag = `"${artifact.id}-${size}"`;
        const ifRange = request.headers['if-range'];
        const range = ifRange === undefined || ifRange === etag ? readRange(request.headers.range, size) : undefined;
        reply.headers({ 'accept-ranges': 'bytes', etag });
        if (range === 'outside') {
          reply.header('content-range', `bytes */${size}`);
          throw new ConnectorError(
            'ERR_RANGE',
            `"${request.headers.range}" is outside the artifact, which has ${size} bytes`,
          );
        }
        return {
          status: range === undefined ? 200 : 206,
          headers: {
            'content-type': artifact.media_type,
            'content-disposition': `attachment; filename="${run.id}"`,
            ...lengthHeaders(range, size),
          },
          // A stream of nothing has no range to read.
          body: size === 0 ? Buffer.alloc(0) : await ctx.artifacts.read(artifact.id, range),
        };
      },
    }),
  ];
}

function artifactOf(run: Run, { part, id }: ArtifactQuery): ArtifactHandle | undefined {
  if (id !== undefined) return ownArtifacts(run).find((artifact) => artifact.id === id);
  if (part === 'rows') return Object.values(run.output_refs ?? {})[0]?.artifact;
  if (part === 'input') return run.input_artifact;
  if (run.artifact !== undefined) return run.artifact;
  const named = handlesIn(run);
  return named.length === 1 ? named[0] : undefined;
}

/** Everything that the run keeps outside of its record. */
function ownArtifacts(run: Run): ArtifactHandle[] {
  const refs = Object.values(run.output_refs ?? {}).map(({ artifact }) => artifact);
  return [run.artifact, run.input_artifact, ...refs, ...handlesIn(run)].flatMap((artifact) =>
    artifact === undefined || !isArtifactOf(artifact.id, run.id) ? [] : [artifact],
  );
}

/** The artifacts of the run that its output names, such as the content of a file that it has read. */
function handlesIn({ id, output }: Run): ArtifactHandle[] {
  if (output === null || typeof output !== 'object') return [];
  return Object.values(output).flatMap((value) => {
    const { id: artifact, size, media_type } = (value ?? {}) as Partial<ArtifactHandle>;
    if (typeof artifact !== 'string' || typeof size !== 'number' || !isArtifactOf(artifact, id)) return [];
    // The service named it; what is no media type is none.
    const isType = typeof media_type === 'string' && MEDIA_TYPE.test(media_type);
    return [{ id: artifact, size, media_type: isType ? media_type : 'application/octet-stream' }];
  });
}

function lengthHeaders(range: ByteRange | undefined, size: number): Record<string, string> {
  if (range === undefined) return { 'content-length': String(size) };
  return {
    'content-length': String(range.end - range.start + 1),
    'content-range': `bytes ${range.start}-${range.end}/${size}`,
  };
}
