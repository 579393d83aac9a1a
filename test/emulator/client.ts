import { checkTyped } from '../../emulator/check.ts';
import { parseJson, writeJson } from '../../emulator/json.ts';
import { createEmulator, type Emulator, type EmulatorOptions } from '../../emulator/server.ts';
import { loadSchemas } from '../../emulator/tables.ts';

/** An answer of the emulator, its JSON parsed with 64-bit integers exact. */
export interface Reply {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
  json: any;
}

/** A caller of one emulator. */
export interface Client extends Emulator {
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
  /** Runs a statement to its end and answers the statement. */
  sql(statement: string, more?: object): Promise<Reply['json']>;
  /** Rows of a statement. @throws Error with Databricks' message when it fails. */
  rows(statement: string, more?: object): Promise<(string | null)[][]>;
}

/** Starts an emulator without sample data, unless asked otherwise. */
export async function startClient(options: EmulatorOptions = {}): Promise<Client> {
  const emulator = await createEmulator({ samples: 'none', transitionMs: 20, ...options });
  const send = async (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Reply> => {
    const response = await fetch(path.startsWith('http') ? path : emulator.url + path, {
      method,
      redirect: 'manual',
      headers: {
        authorization: `Bearer ${emulator.token}`,
        ...(body === undefined || body instanceof FormData || body instanceof URLSearchParams
          ? {}
          : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : {
            body:
              typeof body === 'string' || body instanceof URLSearchParams || body instanceof FormData
                ? body
                : writeJson(body),
          }),
    });
    const text = await response.text();
    if (response.ok) checkAnswer(emulator, response.headers.get('x-request-id'), text);
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: parsed(text),
    };
  };
  const sql = async (statement: string, more: object = {}) => {
    const first = await send('POST', '/api/2.0/sql/statements', {
      statement,
      warehouse_id: emulator.warehouseId,
      wait_timeout: '50s',
      ...more,
    });
    if (first.status !== 200) throw new Error(first.text);
    return first.json;
  };
  const rows = async (statement: string, more: object = {}) => {
    const done = await sql(statement, more);
    if (done.status.state !== 'SUCCEEDED') throw new Error(done.status.error?.message ?? done.status.state);
    return done.result.data_array as (string | null)[][];
  };
  return { ...emulator, send, sql, rows };
}

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

// every answer of every test has the fields and types that the tables of emulator/schema say
function checkAnswer(emulator: Emulator, requestId: string | null, text: string): void {
  const logged = emulator.requests.find(requestId ?? '');
  const [method, template] = (logged?.route ?? '').split(' ') as [string, string];
  const found = loadSchemas().operation(method, template);
  if (found?.operation.answer === undefined || text === '' || logged?.fault !== null) return;
  try {
    checkTyped(parseJson(text), found.operation.answer, { types: found.types, unknown: 'refuse' });
  } catch (error) {
    throw new Error(
      `${logged.route} answered what Databricks would not: ${(error as Error).message}\n${text.slice(0, 2000)}`,
    );
  }
}

/** A limit for what hangs, no measure of speed. */
const UNTIL_MS = 40_000;

/** Waits until a condition holds. */
export async function until<T>(read: () => Promise<T> | T, holds: (value: T) => boolean): Promise<T> {
  const deadline = Date.now() + UNTIL_MS;
  for (;;) {
    const value = await read();
    if (holds(value)) return value;
    if (Date.now() > deadline) throw new Error(`Still not so after ${UNTIL_MS} ms: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
