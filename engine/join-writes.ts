import type { RedisClient } from './redis.ts';

/**
 * Writes the commands of one turn of the event loop together: a busy worker sends several per turn, and the system call is most of
 * what a command costs. They are joined here, since the runtime takes longer to gather many small pieces. ioredis' own
 * auto-pipelining was measured too: its promises cost more than it saves.
 */
export function joinWrites(redis: RedisClient): RedisClient {
  redis.on('connect', () => {
    const { stream } = redis;
    const write = stream.write.bind(stream) as (...given: unknown[]) => boolean;
    let pieces: Buffer[] = [];
    let text = '';
    let isScheduled = false;
    const flush = () => {
      isScheduled = false;
      const last = text;
      const before = pieces;
      text = '';
      pieces = [];
      // A broken connection takes nothing; ioredis sends its unanswered commands again over the next one.
      if (stream.destroyed) return;
      if (before.length === 0) write(last);
      else write(Buffer.concat(last === '' ? before : [...before, Buffer.from(last)]));
    };
    stream.write = (chunk: string | Buffer) => {
      if (!isScheduled) {
        isScheduled = true;
        setImmediate(flush);
      }
      if (typeof chunk === 'string') {
        text += chunk;
        return true;
      }
      if (text !== '') pieces.push(Buffer.from(text));
      text = '';
      pieces.push(chunk);
      return true;
    };
  });
  return redis;
}
