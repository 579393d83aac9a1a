import type { Problem } from '../api/http/problem.ts';
import type { ErrorRecord, Upstream, ValidationError } from '../connector/errors.ts';
import type { Connection } from './connection.ts';

/** Problem details, or as much of them as a proxy before the API answers. */
export type ShownProblem = Pick<Problem, 'title'> & { [Field in keyof Problem]?: Problem[Field] | undefined };

/** The API refused a request. Ends the command with 1. */
export class ApiProblem extends Error {
  readonly problem: ShownProblem;
  readonly connection: Connection;
  constructor(problem: ShownProblem, connection: Connection) {
    super(problem.detail ?? problem.title);
    this.problem = problem;
    this.connection = connection;
  }
}

/** A failure that is not the API's answer. Ends the command with 1. */
export class CliError extends Error {
  readonly hint: string | undefined;
  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

/** The command line itself is wrong. Ends the command with 2. */
export class UsageError extends CliError {}

/** What, where, what the service said, and what to do: a line each. */
export function problemLines(problem: ShownProblem): string[] {
  const { title, code, detail, hint, errors, upstream } = problem;
  const [what = title, ...more] = (detail ?? title).split('\n');
  return [
    `error: ${what}${code ? ` (${code})` : ''}`,
    ...more.map((line) => `  ${line}`),
    ...(errors ?? []).map(errorLine),
    ...(upstream === undefined ? [] : upstreamLines(upstream, detail ?? '')),
    ...(hint === undefined ? [] : [`  hint: ${hint}`]),
  ];
}

/** The error of a run record, in the same lines. */
export function runErrorLines({ message, code, hint, errors, upstream }: ErrorRecord): string[] {
  return problemLines({ title: message, detail: message, code, hint, errors, upstream });
}

function errorLine({ pointer, message, allowed }: ValidationError): string {
  const words = new Set(message.split(/[^\w.-]+/));
  const isSaid = !Array.isArray(allowed) || allowed.every((choice) => words.has(String(choice)));
  const choices = isSaid ? '' : ` (allowed: ${allowed.join(', ')})`;
  return `  ${pointer === '' ? 'the whole value' : pointer}: ${message}${choices}`;
}

/** The service's own words, unless the line above has them already, and what its support will ask for. */
function upstreamLines({ status, error_code, message, request_id }: Upstream, detail: string): string[] {
  const said = [status, error_code].filter((part) => part !== undefined).join(' ');
  const isSaid = message === undefined || detail.includes(message);
  return [
    ...(isSaid && detail.includes(said) ? [] : [`  the service said: ${isSaid ? said : `${said}: ${message}`}`]),
    ...(request_id === undefined ? [] : [`  request id: ${request_id}`]),
  ];
}
