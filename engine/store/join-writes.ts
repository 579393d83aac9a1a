import { Redis, type RedisOptions } from 'ioredis';

/**
 * So much is not kept back until the end of the turn: Redis works on the first commands while this process continues, instead of the two
 * waiting for each other in turn. Some three runs' worth.
 */
const FULL_BYTES = 8192;

/**
 * A client that writes the commands of one turn of the event loop together, by the socket's own `cork` and `uncork`: a busy worker sends
 * several per turn, and the system call is most of what a command costs. Measured (processor time per command, of a script with 800 bytes):
 * 11.6 microseconds plain, 9.7 with 5 in a turn, 8.1 with 20; ioredis' auto-pipelining takes 15.4 and 8.1, and 48 for one alone. Its types
 * have `sendCommand` and `stream`, its documentation leaves both out: the test of this file fails when they change.
 */
export class JoiningRedis extends Redis {
  #corked: Redis['stream'] | undefined;

  constructor(options: RedisOptions) {
    super(options as RedisOptions & { replyMapping?: 'legacy' });
  }

  override sendCommand(...given: Parameters<Redis['sendCommand']>): ReturnType<Redis['sendCommand']> {
    const { stream } = this;
    if (stream !== undefined && !stream.destroyed) {
      if (this.#corked !== stream) {
        this.#corked = stream;
        stream.cork();
        setImmediate(() => {
          this.#corked = undefined;
          stream.uncork();
        });
      } else if (stream.writableLength >= FULL_BYTES) {
        stream.uncork();
        stream.cork();
      }
    }
    return super.sendCommand(...given);
  }
}
