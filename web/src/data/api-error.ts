import type { Problem } from 'penstock-client';
import { partsOf } from '../../../connector/json-pointer.ts';
import { parseExact } from './json.ts';
import { isUnder } from './pointer.ts';

/** What the API answers in place of data (RFC 9457), or that it cannot be reached. `status` is 0 without an answer. */
export class ApiError extends Error {
  readonly status: number;
  readonly problem: Pick<Problem, 'title' | 'detail' | 'hint'> & Partial<Problem>;
  readonly requestId: string | undefined;

  constructor(status: number, problem: ApiError['problem'], requestId?: string) {
    super(problem.detail);
    this.status = status;
    this.problem = problem;
    this.requestId = requestId;
  }
}

/** An answer of the generated client. */
type Answer<Data> = Promise<{ data?: Data; error?: unknown; response?: Response }>;

/** The data of an answer: `ask(listRuns({ query, signal }))`. @throws ApiError */
export async function ask<Data>(answer: Answer<Data>): Promise<NonNullable<Data>> {
  const { data, error, response } = await answer;
  if (response?.ok === true && data !== undefined)
    return (isText(data) ? read(data, response) : data) as NonNullable<Data>;
  if (error instanceof DOMException || error instanceof ApiError) throw error;
  const requestId = response?.headers.get('x-request-id') ?? undefined;
  if (isProblem(error)) throw new ApiError(response?.status ?? error.status, error, requestId);
  if (response !== undefined) throw new ApiError(response.status, unreadable(response.status), requestId);
  throw error instanceof Error ? error : new ApiError(0, UNREACHABLE);
}

const isText = (data: unknown): data is string => typeof data === 'string';

/** JSON of the text that the client gives, with all digits; an answer without content is an object without fields. */
function read(text: string, response: Response): unknown {
  if (text === '') return {};
  try {
    return parseExact(text);
  } catch {
    throw new ApiError(response.status, unreadable(response.status), response.headers.get('x-request-id') ?? undefined);
  }
}

/** What a person is told when a request got no answer. */
export const UNREACHABLE: ApiError['problem'] = {
  title: 'The server cannot be reached',
  detail: 'The request got no response. The server may still have processed it.',
  hint: 'Check the connection and try again. A repeated request is not processed twice.',
};

function unreadable(status: number): ApiError['problem'] {
  return {
    title: `The server answered ${status}`,
    detail: 'The answer is not one of Penstock. Something between the browser and the server may have sent it.',
    hint: 'Look at the log of the proxy before the server.',
  };
}

function isProblem(error: unknown): error is Problem {
  const { title, detail } = (error ?? {}) as Partial<Problem>;
  return typeof title === 'string' && typeof detail === 'string';
}

/** The validation errors below a JSON pointer such as `/input`, with pointers from there. */
export function errorsBelow(error: unknown, parent: string): { pointer: string; message: string }[] {
  const errors = error instanceof ApiError ? (error.problem.errors ?? []) : [];
  return errors
    .filter(({ pointer }) => isUnder(pointer, parent))
    .map(({ pointer, message }) => ({ pointer: pointer.slice(parent.length), message }));
}

/**
 * All validation errors at a JSON pointer such as `/name`, and inside of it, such as at an item of a list, each with its place;
 * undefined where there is none.
 */
export function errorUnder(error: unknown, pointer: string): string | undefined {
  const found = errorsBelow(error, pointer);
  return found.length === 0 ? undefined : found.map(placed).join('; ');
}

/** A validation error in one line: where it is, and what it is. */
export function placed({ pointer, message }: { pointer: string; message: string }): string {
  return pointer === '' ? message : `${partsOf(pointer).join(' › ')}: ${message}`;
}
