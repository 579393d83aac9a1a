import { readdirSync, readFileSync } from 'node:fs';
import { ConnectorError } from '../../connector/errors.ts';
import type { RedisClient } from './redis-client.ts';

const LUA_FOLDER = new URL('./lua/', import.meta.url);

/**
 * Each file of engine/store/lua is a command of its name; its first line is `-- keys: N`, or `-- keys: any`. A second line
 * `-- use: NAME NAME` puts engine/store/lua/parts/NAME.lua of each before it.
 */
export function loadScripts(): Record<string, { lua: string; numberOfKeys?: number }> {
  const scripts: Record<string, { lua: string; numberOfKeys?: number }> = {};
  for (const file of readdirSync(LUA_FOLDER)) {
    if (!file.endsWith('.lua')) continue;
    const own = readFileSync(new URL(file, LUA_FOLDER), 'utf8');
    const parts = /^-- use: ([a-z ]+)$/m.exec(own)?.[1]?.split(' ') ?? [];
    const lua = parts.map((part) => readFileSync(new URL(`parts/${part}.lua`, LUA_FOLDER), 'utf8')).join('') + own;
    const declared = /^-- keys: (\d+|any)/.exec(own)?.[1];
    if (declared === 'any') {
      scripts[file.slice(0, -'.lua'.length)] = { lua };
      continue;
    }
    const numberOfKeys = Number(declared);
    if (!Number.isInteger(numberOfKeys))
      throw new ConnectorError('ERR_INTERNAL', `engine/store/lua/${file} does not begin with "-- keys: N"`);
    scripts[file.slice(0, -'.lua'.length)] = { lua, numberOfKeys };
  }
  return scripts;
}

/** Calls a script of engine/store/lua by its file name. */
export function callScript(
  redis: RedisClient,
  name: string,
  keys: string[],
  args: (string | number)[],
): Promise<unknown> {
  return (redis as unknown as Record<string, (...values: (string | number)[]) => Promise<unknown>>)[name]!(
    ...keys,
    ...args,
  );
}

/** Calls a script of engine/lua with the other commands of a pipeline. */
export function queueScript(
  pipeline: ReturnType<RedisClient['pipeline']>,
  name: string,
  keys: string[],
  args: (string | number)[],
): void {
  (pipeline as unknown as Record<string, (...values: (string | number)[]) => unknown>)[name]!(...keys, ...args);
}

/** Calls a script of `-- keys: any`. */
export function callScriptOverKeys(
  redis: RedisClient,
  name: string,
  keys: string[],
  args: (string | number)[],
): Promise<unknown> {
  return (redis as unknown as Record<string, (...values: (string | number)[]) => Promise<unknown>>)[name]!(
    keys.length,
    ...keys,
    ...args,
  );
}
