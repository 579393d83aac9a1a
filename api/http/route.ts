import type { FastifyReply, FastifyRequest } from 'fastify';
import type { JsonObject } from '../../connector/manifest.ts';
import type { Caller } from '../../engine/access/actor.ts';

/** One request whose query and body were checked. `params` are decoded path parameters. */
export interface OpenCall<Query = unknown, Body = unknown> {
  params: Record<string, string>;
  query: Query;
  body: Body;
  request: FastifyRequest;
  reply: FastifyReply;
}

/** A request of a known caller; everything it reaches belongs to `caller.tenant`. */
export interface Call<Query = unknown, Body = unknown> extends OpenCall<Query, Body> {
  caller: Caller;
  /** Id for the run that the request makes; a repeat under the same Idempotency-Key has the same. */
  runId: string;
}

export interface Answer {
  status: number;
  headers?: Record<string, string>;
  /** A value to be written as JSON; text, bytes or a stream when `headers` have a content-type. Left out: no body. */
  body?: unknown;
}

/** What OpenAPI says of one answer; a schema without `content` is JSON's. */
export interface AnswerDoc {
  description: string;
  schema?: JsonObject;
  /** Another media type than JSON. */
  content?: string;
  /** Schema of the JSON that a request with `Accept: application/json` gets in place of `content`. */
  json?: JsonObject;
  headers?: Record<string, string>;
}

/**
 * One route: what is checked, what is described in OpenAPI and what is done, in one place. The required role is in
 * api/roles.ts. Every POST takes Idempotency-Key without doing anything for it.
 */
export interface Route<Query = unknown, Body = unknown> {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** As OpenAPI writes it: `/v1/runs/{id}`. */
  path: string;
  /** OpenAPI's operationId; unique. */
  operation: string;
  tag: string;
  summary: string;
  description?: string;
  /** Schemas of query parameters by name. */
  query?: JsonObject;
  /** Any query is taken and not checked: others decide what stands there. */
  isOpenQuery?: boolean;
  /** Headers that change what is done, with their descriptions. */
  requestHeaders?: Record<string, string>;
  /** Schema of the body; left out, any field of a body is refused. */
  body?: JsonObject;
  /** The largest body in bytes; left out, what api/http/body.ts gives the kind of the route. */
  maxBodyBytes?: number;
  /** Refuses a request by its path before its body is read; for routes for anyone, whose links are guessed. */
  guard?(call: Pick<OpenCall, 'params' | 'request'>): Promise<void>;
  /** `engine`: the engine checks the body by the same schema, and more than a schema can. A body that depends on connectors needs it. */
  bodyCheck?: 'engine';
  /** The answer holds a secret that is shown once: a copy kept for Idempotency-Key is sealed. */
  isSecret?: boolean;
  /** All that `handle` does, it does to the run `runId`; a repeat after a crash is handled again instead of refused. */
  makesOneRun?: boolean;
  /** For browsers: failures are told as a page. */
  isPage?: boolean;
  /** The body comes from an HTML form, and its values are text. */
  isForm?: boolean;
  /** The body is taken as text, whatever its media type. */
  isRaw?: boolean;
  /** The answer is held open, so that HEAD is not answered by asking for it. */
  isStream?: boolean;
  /** The answer may be held until a run ends, as the request's `Prefer: wait` says. */
  mayWait?: boolean;
  /** A GET that uses something up: HEAD, with which programs look at links, is not answered by doing it. */
  isOnce?: boolean;
  answers: Record<string, AnswerDoc>;
  /** Statuses of failures that are particular to this route; `api/openapi/openapi.ts` adds those of its kind. */
  failures?: readonly number[];
  /** Statuses of its kind that it never answers. */
  unanswered?: readonly number[];
  handle(call: Call<Query, Body>): Promise<Answer> | Answer;
  /** What is done with an answer before it is sent, also with a repeated one; nothing of it is kept. */
  finish?(call: Call<Query, Body>, made: Answer): Promise<Answer>;
}

/** What is known of a route from outside. */
export type DescribedRoute = Omit<Route, 'handle' | 'finish' | 'guard'>;

/** Declares a route with the types of what its schemas let through. */
export function route<Query = unknown, Body = unknown>(declared: Route<Query, Body>): Route {
  return declared as Route;
}
