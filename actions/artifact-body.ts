import type { Io } from './call.ts';

type Streamed = Awaited<ReturnType<Io['stream']>>;

const WRITE_BYTES = 1024 * 1024;

/** An artifact as the body of a request, with its size in bytes. It streams through, and is opened again for each try. @throws ConnectorError ERR_NOT_FOUND */
export async function artifactBody(
  io: Io,
  artifact: string,
): Promise<{ body: () => Promise<Streamed['body']>; bytes: number }> {
  const { size, body } = await io.sendArtifact(artifact);
  body.destroy();
  // Opened for each try: a token that is refused in between would find the first one read.
  return { body: async () => (await io.sendArtifact(artifact)).body, bytes: size };
}

/** Writes the body of an answer into an artifact of the run, at the pace it can be written. */
export async function saveBody(
  io: Io,
  { headers, body }: Pick<Streamed, 'headers' | 'body'>,
): Promise<{ bytes: number; artifact: { id: string; media_type: string; size: number } }> {
  const mediaType = String(headers['content-type'] ?? 'application/octet-stream');
  const sink = await io.openArtifact({ mediaType });
  try {
    let pieces: Buffer[] = [];
    let size = 0;
    for await (const piece of body) {
      pieces.push(piece as Buffer);
      size += (piece as Buffer).length;
      if (size < WRITE_BYTES) continue;
      await sink.write(Buffer.concat(pieces));
      pieces = [];
      size = 0;
    }
    await sink.write(Buffer.concat(pieces));
    await sink.flush();
    return { bytes: sink.size, artifact: { id: sink.id, media_type: mediaType, size: sink.size } };
  } finally {
    body.destroy();
    await sink.close();
  }
}
