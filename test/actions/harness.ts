import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { advance, firstState } from '../../actions/advance.ts';
import type { ActionCall, ActionState, Io, Purpose, Step } from '../../actions/call.ts';
import type { Access } from '../../connector/access.ts';
import { createHttp } from '../../connector/http.ts';
import { parseJson, stringifyJson } from '../../connector/json.ts';
import type { Action, ActionManifest, Effect } from '../../connector/manifest.ts';
import { openConnector } from '../../connector/open-connector.ts';
import { readOutcome } from '../../connector/outcome.ts';
import { requestUrl } from '../../connector/request-url.ts';
import { compileSchema } from '../../connector/schema.ts';
import type { Emulator, EmulatorOptions } from '../../emulator/server.ts';
import { openArtifacts } from '../../engine/artifacts/artifacts.ts';
import { shardOf } from '../../engine/store/ids.ts';
import { SERVICES } from '../../services/registry.ts';
import { shippedManifests } from '../shipped-manifests.ts';

/** An emulator for a whole file. */
export function useEmulator(options: EmulatorOptions = {}): () => Emulator {
  let emulator: Emulator | undefined;
  beforeAll(async () => {
    // Only by the files that need one: DuckDB takes its time to load.
    const { createEmulator } = await import('../../emulator/server.ts');
    emulator = await createEmulator({ samples: 'none', transitionMs: 20, ...options });
  });
  afterAll(() => emulator?.close());
  return () => emulator!;
}

/** The action as the shipped manifests describe it. */
export async function actionOf(id: string): Promise<Action> {
  const action = (await shippedManifests()).actions.get(id);
  if (action === undefined) throw new Error(`there is no manifest of ${id}`);
  return action;
}

/** An action of a manifest that a test writes; everything but the request has a default. */
export function actionFrom(manifest: Partial<ActionManifest>): Action {
  const whole = {
    id: 'databricks.of_a_test',
    version: 1,
    title: 'Of A Test',
    group: 'Tests',
    description: 'Serves a test.',
    effect: 'safe',
    input: { type: 'object' },
    output: { type: 'object' },
    examples: [],
    ...manifest,
  } as ActionManifest;
  return {
    id: whole.id,
    manifest: whole,
    connector: openConnector(
      { id: 'databricks', version: 1, title: 'Databricks', connection: {}, auth: [] },
      { service: SERVICES.get('databricks') },
    ),
    input: compileSchema(whole.input),
    output: compileSchema(whole.output),
  };
}

/** What a run did with its `Io`, and its artifacts. */
export interface Bench {
  io: Io;
  events: string[];
  launched: ActionState[];
  checkpoints: ActionState[];
  artifact(id: string): Buffer;
  /** Moves the clock that the action sees. */
  pass(ms: number): void;
  abort(): void;
}

/** An `Io` over real HTTP and real files. The clock stands unless the test moves it, so waits take no time. */
export function openBench(target: { url: string; token?: string; login?: Access }): Bench {
  const folder = mkdtempSync(join(tmpdir(), 'penstock-actions-'));
  const store = openArtifacts(pathToFileURL(folder).href);
  const http = createHttp({ allowPrivate: () => true });
  const controller = new AbortController();
  let now = Date.now();
  let count = 0;
  const bench: Pick<Bench, 'events' | 'launched' | 'checkpoints'> = { events: [], launched: [], checkpoints: [] };
  onTestFinished(() => {
    http.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const authorization = `Bearer ${target.token ?? 'token'}`;
  const connector = actionFrom({}).connector;
  const io: Io = {
    async send(request, purpose: Purpose) {
      bench.events.push(`${purpose} ${request.method} ${request.path.split('?')[0]}`);
      const known = currentAction?.connector ?? connector;
      const response = await http.send({
        method: request.method,
        url: requestUrl(target.url, request),
        explainRedirect: known.service.explainRedirect,
        headers: { ...request.headers, authorization },
        timeoutMs: request.timeoutMs,
        maxBytes: request.maxBytes ?? 64 * 1024 * 1024,
        signal: controller.signal,
        ...(request.body === undefined ? {} : { body: request.body }),
      });
      const { method, path, anyAnswer = false } = request;
      return readOutcome(response, { connector: known, action: currentAction, method, path, anyAnswer });
    },
    async stream(request) {
      const answer = await http.stream({
        method: request.method,
        url: requestUrl(target.url, request),
        headers: { ...request.headers, authorization },
        timeoutMs: request.timeoutMs,
        maxBytes: request.maxBytes ?? Number.MAX_SAFE_INTEGER,
        signal: controller.signal,
        ...(request.body === undefined
          ? {}
          : { body: typeof request.body === 'function' ? await request.body() : request.body }),
      });
      if (answer.status >= 200 && answer.status < 300) return answer;
      const body = Buffer.concat(await answer.body.toArray());
      readOutcome({ ...answer, body }, { connector, method: request.method, path: request.path });
      return answer;
    },
    converse: (_purpose, attempt) => {
      if (target.login === undefined) throw new Error('the test gives no login');
      return attempt(target.login);
    },
    fetchLink: ({ url, headers }) => {
      bench.events.push('link');
      return http.stream({
        method: 'GET',
        url,
        headers: headers ?? {},
        timeoutMs: 5_000,
        maxBytes: Number.MAX_SAFE_INTEGER,
        signal: controller.signal,
      });
    },
    async sendLink({ body, ...link }) {
      bench.events.push('link');
      const whole = typeof body === 'function' ? await body() : body;
      return http.stream({ ...link, body: whole, signal: controller.signal, maxBytes: Number.MAX_SAFE_INTEGER });
    },
    async launching() {
      bench.events.push('launching');
    },
    async launched(state) {
      bench.events.push('launched');
      bench.launched.push(roundTrip(state));
    },
    async isActive() {
      return false;
    },
    async checkpoint(state) {
      bench.checkpoints.push(roundTrip(state));
    },
    async openArtifact({ id, offset }) {
      count += 1;
      const name = id ?? `artifact_${count}`;
      const writer = await store.write(name, offset ?? 0);
      return {
        id: name,
        get size() {
          return writer.size;
        },
        write: (chunk) => writer.write(chunk),
        flush: () => writer.flush(),
        close: () => writer.close(),
      };
    },
    sendArtifact: async (id) => ({ size: await store.size(id), body: await store.read(id) }),
    readArtifact: async (id) => ({ size: await store.size(id), body: await store.read(id) }),
    now: () => now,
    random: () => 0.5,
    signal: controller.signal,
    builtin: {
      filesFolder: join(folder, 'files'),
      takeFileBytes: async () => {},
      http,
      allowedHosts: ['http://127.0.0.1:*'],
      deliveryId: 'msg_1',
      tenant: 'default',
      askForApproval: async () => {},
      readEvents: async () => ({ events: [], position: undefined }),
      connectWorkspace: async ({ name }) => ({ authentication: 'auth_1', name, change: 'created' }),
    },
  };
  return {
    ...bench,
    io,
    artifact: (id) => readFileSync(join(folder, shardOf(id), id)),
    pass(ms) {
      now += ms;
    },
    abort: () => controller.abort(),
  };
}

let currentAction: Action | undefined;

/** The call of an action with an input as a user gives it: checked, defaults filled in, in wire form. */
export function callOf(
  action: Action,
  input: unknown,
  more: Partial<ActionCall> & { effect?: Effect } = {},
): ActionCall {
  currentAction = action;
  return {
    input: action.input.toWire(action.input.check(input, 'input')),
    options: {},
    run: { id: 'run_1', token: 'run_1-1' },
    account: {},
    effect: action.manifest.effect,
    ...more,
  };
}

/** A state as another worker finds it: through JSON. */
export function roundTrip(state: ActionState): ActionState {
  return parseJson(stringifyJson(state)) as ActionState;
}

/** Carries an action to its output. Each wait lets the service progress a little, and moves the clock as far as was asked. */
export async function runToEnd(
  action: Action,
  call: ActionCall,
  bench: Bench,
  from: ActionState = firstState(bench.io.now()),
): Promise<{ output: unknown; waits: number[] }> {
  const waits: number[] = [];
  let state = from;
  for (let steps = 0; steps < 2_000; steps += 1) {
    const step: Step = await advance(action, call, state, bench.io);
    if (step.kind === 'done') return { output: action.output.toEdge(step.output).value, waits };
    state = roundTrip(step.state);
    if (step.kind === 'next') continue;
    waits.push(step.ms);
    bench.pass(step.ms);
    await delay(5);
  }
  throw new Error('the action did not end within 2,000 steps');
}
