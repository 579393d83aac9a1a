import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { Access } from '../../connector/access.ts';
import type { Example, Json, JsonObject, Manifests } from '../../connector/manifest.ts';
import type { Emulator } from '../../emulator/server.ts';
import { callOf, openBench, runToEnd } from '../actions/harness.ts';

/** One replay: its service, what the values of its examples stand for there, and the examples that came before. */
interface Replay {
  manifests: Manifests;
  emulator: Pick<Emulator, 'url' | 'token' | 'accountId'> & { login?: Access };
  real: Map<string, string>;
  done: Set<string>;
  /** Steps that failed, and why. */
  failures: string[];
}

/**
 * Replays an example of an action after its setup: every field that the documentation shows must come, in the same form, and
 * the output fits its schema.
 */
export async function replayExample(
  { manifests, emulator }: Pick<Replay, 'manifests' | 'emulator'>,
  id: string,
  example: Example,
): Promise<void> {
  const replay = { manifests, emulator, real: new Map<string, string>(), done: new Set<string>(), failures: [] };
  await setUp(replay, example);

  const output = await run(replay, id, example.input);

  expect(shapeOf(output, example.output), [`${id}: ${example.title}`, ...replay.failures].join('\n')).toEqual(
    shapeOf(example.output, example.output),
  );
}

/** Everything that is said in the example and its setup, also that of the examples before it. */
export function textOf(manifests: Manifests, example: Example, seen = new Set<Example>()): string {
  if (seen.has(example)) return '';
  seen.add(example);
  const before = (example.setup ?? []).filter((step) => typeof step === 'string');
  const texts = before.map((id) => textOf(manifests, manifests.actions.get(id)!.manifest.examples[0]!, seen));
  return JSON.stringify(example) + texts.join('');
}

async function setUp(replay: Replay, { setup = [] }: Example): Promise<void> {
  for (const step of setup) {
    if (typeof step === 'string') {
      if (replay.done.has(step)) continue;
      replay.done.add(step);
      const example = replay.manifests.actions.get(step)!.manifest.examples[0]!;
      await setUp(replay, example);
      learn(replay, example.output, await run(replay, step, example.input));
    } else if (step.output === undefined) {
      // It may fail: what is repaired or looked for must have failed first.
      await run(replay, step.action, step.input).catch((error) => replay.failures.push(`${step.action}: ${error}`));
    } else {
      learn(replay, step.output, await run(replay, step.action, step.input));
    }
  }
}

/** A text of an example stands for what is at its place in the real output, everywhere after it. */
function learn(replay: Replay, shown: Json | undefined, output: unknown): void {
  if (shown !== null && typeof shown === 'object') {
    for (const [key, value] of Object.entries(shown)) learn(replay, value, (output as JsonObject | undefined)?.[key]);
  } else if (typeof shown === 'string' && typeof output === 'string' && !replay.real.has(shown)) {
    replay.real.set(shown, output);
  }
}

async function run(replay: Replay, id: string, input: Json): Promise<JsonObject> {
  const { emulator, manifests } = replay;
  const action = manifests.actions.get(id)!;
  const { url, token, login } = emulator;
  const bench = openBench({ url, token, ...(login === undefined ? {} : { login }) });
  const call = callOf(action, withReal(replay, input), {
    options: { wait_for_completion: action.manifest.options !== undefined },
    // The service knows a launch by its token: with the same one it would give an earlier run.
    run: { id: 'run_1', token: randomUUID() },
    account: { origin: emulator.url, account_id: emulator.accountId },
  });
  const { output } = await runToEnd(action, call, bench);
  expect(action.output.validationErrors(output), `${id}: what it gave`).toEqual([]);
  return output as JsonObject;
}

function withReal(replay: Replay, value: Json): Json {
  if (typeof value === 'string') return replay.real.get(value) ?? value;
  if (Array.isArray(value)) return value.map((item) => withReal(replay, item));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withReal(replay, item)]));
}

/** The types of a value, of those parts that the example shows; of a list, the element that is most like the example's. */
function shapeOf(value: unknown, example: unknown): unknown {
  if (Array.isArray(example)) {
    if (!Array.isArray(value) || value.length === 0) return typeOf(value);
    const wanted = JSON.stringify(shapeOf(example[0], example[0]));
    const shapes = value.map((item) => shapeOf(item, example[0]));
    return [shapes.find((shape) => JSON.stringify(shape) === wanted) ?? shapes[0]];
  }
  if (example === null || typeof example !== 'object') return typeOf(value);
  const fields = (value ?? {}) as JsonObject;
  return Object.fromEntries(Object.entries(example).map(([key, item]) => [key, shapeOf(fields[key], item)]));
}

function typeOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value;
}
