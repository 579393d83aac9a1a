import { execFileSync } from 'node:child_process';

/** What a Redis has done since it was started. */
export interface RedisNumbers {
  /** Scripts that were called. */
  sent: number;
  /** Commands, also those inside scripts. */
  commands: number;
  /** Bytes received. */
  received: number;
  /** Bytes sent. */
  answered: number;
  /** Bytes in use now. */
  memory: number;
}

/** Reads them; two readings make a difference of one command. */
export function readRedis({ redisUrl }: { redisUrl: string }): RedisNumbers {
  const info = execFileSync('redis-cli', ['-u', redisUrl, 'info', 'everything'], { encoding: 'utf8' });
  const number = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
  const calls = [...info.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)];
  const sum = (names: RegExp) =>
    calls.reduce((total, [, name, count]) => (names.test(name!) ? total + Number(count) : total), 0);
  const scripts = sum(/^(eval|evalsha)$/);
  return {
    sent: scripts,
    commands: sum(/./) - scripts,
    received: number('total_net_input_bytes'),
    answered: number('total_net_output_bytes'),
    memory: number('used_memory'),
  };
}
