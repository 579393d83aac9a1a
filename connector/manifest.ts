import type { AuthMode, AuthModeManifest } from './auth-mode.ts';
import type { BaseUrl, BaseUrlManifest } from './base-url.ts';
import type { CompiledSchema } from './compiled-schema.ts';
import type { ErrorKind } from './errors.ts';
import type { Json, JsonObject } from './json-value.ts';
import type { Service } from './service.ts';

/** What happens when the same request reaches the service twice; decides every retry. */
export type Effect = 'safe' | 'idempotent' | 'token' | 'once';

export type { CompiledSchema } from './compiled-schema.ts';
export type { Json, JsonObject } from './json-value.ts';

/** A request as a template: strings that are references are replaced when it is built. */
export interface RequestTemplate {
  /** Name of the base URL; default: `api`. */
  base?: string;
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD';
  path: string;
  query?: '*' | JsonObject;
  headers?: JsonObject;
  body?: Json;
  /** `form`: application/x-www-form-urlencoded, with lists and objects as JSON; default: `json`. */
  body_type?: 'json' | 'form';
  /** Sends no body where the template gives an empty object. */
  omit_empty_body?: true;
  timeout_seconds?: number;
}

/** Path in a body -> the values that satisfy it; all paths must hold. */
export type Condition = { [path: string]: Json[] };

export interface AwaitManifest {
  when?: string;
  request: RequestTemplate;
  /** Of several conditions any one must hold. */
  success: Condition | Condition[];
  failure: Condition | Condition[];
  /** Paths of the service's own code and message; of several the first that is there. */
  code?: string | string[];
  message?: string | string[];
  interval_seconds?: [first: number, most: number];
  timeout_seconds: number | string;
  on_timeout?: 'leave' | 'cancel';
  cancel?: RequestTemplate;
  list?: ListManifest;
}

/** A list of every active operation, read once for many that are waited for. */
export interface ListManifest {
  request: RequestTemplate;
  /** Path of the list in each answer. */
  items: string;
  /** Path of its id in an item. */
  key: string;
  /** Reference to the id of the operation that is waited for. */
  of: string;
  /** Path of what the next page is asked with, and the parameter that takes it. */
  next?: string;
  param?: string;
}

/**
 * How further pages are read. `token`: what `next` holds is sent as `param`. `link`, `link_header`: the URL of the next page is at `next`,
 * or in the `Link` header. `offset`, `page`: a start index (SCIM), or a page number. `chunks`: read by the service's `chunks`.
 */
export interface PagesManifest {
  style: 'token' | 'offset' | 'page' | 'link' | 'link_header' | 'chunks';
  /** Path of the list in each body; without it, the body of `link_header` and `page` is the list. */
  items?: string;
  /** Paths of lists that continue over the pages of one object; instead of `items`. */
  merge?: string[];
  next?: string;
  param?: string;
  size_param?: string;
  /** The largest page to ask for. */
  size?: number;
  start?: number;
  total?: string;
  /** Reference to the number of items to stop at. */
  limit?: string;
  /** Inputs for manual paging: when one is set, a single page is read. */
  manual?: string[];
}

export interface ErrorRule {
  when: {
    status?: number[];
    code?: string[];
    message?: string;
    /** Whether the answer is a web page: of a proxy, a login, or another host. */
    web_page?: boolean;
  };
  /** Of a connector: says something of every request, so it goes before the rules of the action. */
  first?: boolean;
  kind?: ErrorKind;
  hint?: string;
  result?: Json;
}

/** What comes before a replay of an example: the first example of another action, or an action with an input. */
export type SetupStep = string | { action: string; input: JsonObject; output?: Json };

export interface Example {
  title: string;
  /** Of an action: makes what the example refers to, where a test replays it. */
  setup?: SetupStep[];
  input: JsonObject;
  output: Json;
}

export interface ActionManifest {
  id: string;
  version: number;
  title: string;
  group: string;
  description: string;
  docs?: string;
  effect: Effect;
  /** It can delete, reset or overwrite what was there before; left out: it cannot. */
  destructive?: true;
  requires?: { scopes?: string[]; grants?: string[] };
  input: JsonObject;
  /** What a caller may choose for one run beside the input: `wait_for_completion` and `timeout_seconds`. */
  options?: JsonObject;
  /** Left out by the actions that are code (`actions` of the service). */
  request?: RequestTemplate;
  await?: AwaitManifest;
  pages?: PagesManifest;
  result?: Json;
  /** One of the service's `shapes`. */
  shape?: string;
  output: JsonObject;
  errors?: ErrorRule[];
  examples: Example[];
}

/** How a service signs what it sends to the URL of a workflow; names of headers are in lower case. */
export interface WebhookManifest {
  signature: {
    algorithm: 'sha1' | 'sha256' | 'sha512';
    /** Input of the trigger with the secret, a text that is `writeOnly`; required, unless a registration generates one. */
    secret: string;
    header: string;
    prefix?: string;
    encoding: 'hex' | 'base64';
    /** What is signed, with `{body}` and `{timestamp}`. */
    content: string;
  };
  timestamp?: { header: string; tolerance_seconds: number };
  /** Field of a form whose value is the body as JSON; a body that is JSON is taken as it is. */
  json_field?: string;
  delivery_id?: { header?: string; body?: string };
  /** A request that checks the URL: where its condition holds, the text at a path is sent back. */
  challenge?: { when: Condition; answer: string };
  /** Header with the kind of event, and the kinds that start a run: a list, or a reference to the input that has it; without the input, all. */
  accept?: { header: string; values: string[] | string };
  registration?: RegistrationManifest;
}

/** Requests with which a workflow that is enabled adds its URL to a service, keeps it as it should be, and removes it when disabled. */
export interface RegistrationManifest {
  /** Inputs that say where; without one of them, a person adds the webhook at the service. */
  inputs: string[];
  /** Reads what is there; `url` and `id` are paths in an item. Without `pages`, the body is the list, and the `Link` header names the next page. */
  list: { request: RequestTemplate; url: string; id: string; pages?: PagesManifest };
  /** `id` is a path in the answer. */
  create: { request: RequestTemplate; id: string };
  update: { request: RequestTemplate };
  remove: { request: RequestTemplate };
}

/** What makes a trigger fire: looks at a source, a person, a time, or a request from outside. */
export type TriggerKind = 'poll' | 'manual' | 'schedule' | 'webhook';

export interface TriggerManifest {
  id: string;
  version: number;
  title: string;
  group: string;
  description: string;
  docs?: string;
  requires?: { scopes?: string[]; grants?: string[] };
  /** Left out: `poll`. */
  kind?: TriggerKind;
  /** Of a webhook of the service, which it signs. */
  webhook?: WebhookManifest;
  input: JsonObject;
  /** Of a trigger that polls. */
  every_seconds?: number | string;
  /** What a trigger polls; `sources` where the input chooses. */
  source?: SourceManifest;
  sources?: SourceManifest[];
  /** Of `source`. */
  cursor?: CursorManifest;
  output: JsonObject;
  examples: Example[];
}

export interface SourceManifest {
  /** Values of the input with which this source is taken; left out, always. */
  when?: Condition;
  /** How new records are detected in the output of the action: `rows`, `listing`, or one of the service's `readers`; default: `rows`. */
  reader?: string;
  /** An action's id, or a reference to the input that names it. */
  action: string;
  /** Template of the action's input. */
  input: JsonObject | string;
  cursor?: CursorManifest;
  /** Inputs that say what is read: when one changes, an old cursor means nothing. */
  identity?: string[];
  /** Schema of its events, where they differ from those of the other sources. */
  output?: JsonObject;
}

export interface CursorManifest {
  /** Path of the list in the action's output, or a reference to the input that names it; so are `value` and `key`. */
  items: string;
  /** Left out where a listing's items are compared by content. */
  value?: string;
  key: string;
  start?: string;
  page_size: number | string;
  /** Of a listing: only items for which it holds; the values may be a reference to the input, and count for nothing when that is left out. */
  where?: { [path: string]: Json[] | string };
  /** How the list is sorted; events go from old to new. */
  order?: 'newest_first';
}

/** How the body of an answer with a status of 2xx says whether it succeeded. */
export interface SuccessManifest {
  /** Holds for a success. */
  when: Condition;
  /** Paths of the service's own code and message; of several the first that is there. */
  code: string | string[];
  message?: string | string[];
}

/** A request that says who a credential is. */
export interface TestManifest {
  request: RequestTemplate;
  /** Paths of the name in the body; the first that is there. */
  user_name?: string[];
}

export interface ConnectorManifest {
  id: string;
  version: number;
  title: string;
  /** File name of an SVG beside the manifest. */
  icon?: string;
  /** `#rrggbb`, in lower case. */
  color?: string;
  docs?: string;
  /** The one of accounts and OAuth apps that name none; one connector at most. */
  default?: true;
  /** Fields of a linked account. */
  connection: JsonObject;
  base_urls?: { [name: string]: BaseUrlManifest };
  auth: AuthModeManifest[];
  /** Says who a credential is: the first whose path has all values. */
  test?: TestManifest[];
  /** Of a service that answers 200 to requests that failed. */
  success?: SuccessManifest;
  limits?: { per_second?: number; concurrent?: number };
  /** Headers beside `x-request-id` that carry the id under which the service logged a request, in lower case. */
  request_id_headers?: string[];
  errors?: ErrorRule[];
}

/** Whose a connector is: part of Penstock, in a folder of the operator's, or a tenant's own. */
export type ConnectorOrigin = 'shipped' | 'operator' | 'tenant';

/** A connector that a tenant added, as it was stored. */
export interface OwnConnector {
  tenant: string;
  /** Rises with each change of the tenant's connectors; the same revision has the same manifests. */
  revision: number;
  /** Epoch ms. */
  createdAt: number;
  updatedAt: number;
}

/** A manifest that was checked, compiled and frozen. Compiled once at load; safe to share. */
export interface Connector {
  id: string;
  origin: ConnectorOrigin;
  /** Of the origin `tenant`. */
  own?: OwnConnector;
  /** The SVG that `icon` of the manifest names; it contains drawing only. */
  icon?: string;
  manifest: ConnectorManifest;
  connection: CompiledSchema;
  /** Its base URLs and ways to log in, compiled. */
  baseUrls: ReadonlyMap<string, BaseUrl>;
  modes: ReadonlyMap<string, AuthMode>;
  /** Its code; empty for one that is data alone. */
  service: Service;
}

export interface Action {
  id: string;
  manifest: ActionManifest;
  connector: Connector;
  input: CompiledSchema;
  /** Present when the manifest has `options`. */
  options?: CompiledSchema;
  output: CompiledSchema;
}

export interface Trigger {
  id: string;
  manifest: TriggerManifest;
  kind: TriggerKind;
  /** What is polled: `source` or `sources` of the manifest, each with its cursor. */
  sources: readonly SourceManifest[];
  connector: Connector;
  input: CompiledSchema;
}

export interface Manifests {
  connectors: ReadonlyMap<string, Connector>;
  actions: ReadonlyMap<string, Action>;
  triggers: ReadonlyMap<string, Trigger>;
}
