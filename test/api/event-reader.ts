import { onTestFinished } from 'vitest';
import type { Role } from '../../engine/access/api-keys.ts';
import type { TestApi } from './client.ts';

// biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects, and fails when it is not there
export type SentEvent = { event: string; id: string; data: any };

/** One open stream of server-sent events, read as it comes. */
export interface EventReader {
  response: Response;
  /** Id of the last event or bare id. */
  lastId(): string;
  /** The next event that the condition holds for, and all before it are passed over. Ends the test when the stream ends before. */
  next(isWanted?: (event: SentEvent) => boolean): Promise<SentEvent>;
  close(): void;
}

/** Opens a stream of the API, with a key of its own of the role and tenant unless one is given; closed with the test. */
export async function openEvents(
  api: TestApi,
  path: string,
  given: { headers?: Record<string, string>; role?: Role; tenant?: string; key?: string } = {},
): Promise<EventReader> {
  const { headers = {}, role = 'viewer', tenant, key = await api.keyOf(role, tenant) } = given;
  const gone = new AbortController();
  onTestFinished(() => gone.abort());
  const authorization = `Bearer ${key}`;
  const response = await fetch(api.origin + path, {
    headers: { authorization, ...headers },
    signal: gone.signal,
  });
  let chunks: AsyncIterator<string> | undefined;
  let rest = '';
  let lastId = '';
  const waiting: SentEvent[] = [];
  const read = async (): Promise<SentEvent> => {
    while (waiting.length === 0) {
      chunks ??= response.body!.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]();
      const { value, done } = await chunks.next();
      if (done) throw new Error('the stream has ended');
      const blocks = (rest + value).split('\n\n');
      rest = blocks.pop()!;
      for (const block of blocks) {
        const fields = Object.fromEntries(
          block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
        );
        if (fields.id !== undefined) lastId = fields.id;
        if (fields.data !== undefined)
          waiting.push({ event: fields.event!, id: fields.id!, data: JSON.parse(fields.data) });
      }
    }
    return waiting.shift()!;
  };
  return {
    response,
    lastId: () => lastId,
    async next(isWanted = () => true) {
      for (;;) {
        const event = await read();
        if (isWanted(event)) return event;
      }
    },
    close: () => gone.abort(),
  };
}
