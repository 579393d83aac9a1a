import type { Readable } from 'node:stream';
import type { Access } from '../connector/access.ts';
import type { ErrorKind, Upstream, ValidationError } from '../connector/errors.ts';
import type { Http } from '../connector/http.ts';
import type { Effect, ListManifest } from '../connector/manifest.ts';
import type { Outcome } from '../connector/outcome.ts';
import type { BuiltRequest } from '../connector/request.ts';

/** Choices for one run beside the input; an action says with its `options` schema which it takes. */
export interface RunOptions {
  /** Seconds from the start of the run until it gives up. */
  timeout_seconds?: number;
  wait_for_completion?: boolean;
}

/** One action, asked for. Stays the same over all activations of a run. */
export interface ActionCall {
  /** In wire form: `action.input.toWire` of the accepted input. */
  input: unknown;
  options: RunOptions;
  /** `token` is the same for every repeat of one launch, at most 64 characters. */
  run: { id: string; token: string };
  /** The public fields of the linked account. */
  account: unknown;
  /** Decides about launches; may be milder than the manifest's (a trigger's page is `safe`). */
  effect: Effect;
  /** Up to here rows stay in the output; beyond, they go to an artifact. A trigger's page raises it, having no use for artifacts. */
  inline?: InlineLimit;
  /** In place of the input's `rows`, which is empty then; see actions/rows.ts. */
  rows?: RowSource;
  /** The JSON text of the whole input, of an action that may give it out as it is; in place of `input` when that is large. */
  text?: () => AsyncIterable<Uint8Array>;
}

/** Where a row of a `RowSource` begins. */
export interface RowPlace {
  /** Rows before it. */
  row: number;
  /** What the source goes to it by: an index, or bytes. */
  at: number;
}

/** Rows that an action takes in parts, because all of them may not fit into memory. */
export interface RowSource {
  /**
   * The rows from a place on, in lists of a few hundred kilobytes, each row with the place after it.
   * @throws ConnectorError ERR_INPUT_INVALID for rows that the action's schema refuses, with the index of each
   */
  read(from?: RowPlace): AsyncIterable<{ rows: Record<string, unknown>[]; next: RowPlace[] }>;
}

export interface InlineLimit {
  rows: number;
  /** Of the rows as NDJSON. */
  bytes: number;
}

/** What a request is for; everything but `start` is safe to repeat. */
export type Purpose = 'start' | 'poll' | 'page' | 'cancel';

/**
 * How far a run is: small JSON that may hold bigints, to be stored with `stringifyJson` and read with `parseJson`.
 * Rows never go in here.
 */
export interface ActionState {
  phase: 'start' | 'await' | 'cancel';
  /** Epoch ms. */
  startedAt: number;
  /** Set by the engine on a state it loads when the launch was sent and neither a handle nor a refusal came back. */
  sent?: boolean;
  /** Of the first answer, the fields that the manifest refers to. */
  start?: unknown;
  /** Polls so far. */
  polls: number;
  /** Epoch ms after which the remote operation is waited for no longer. */
  deadline?: number;
  /** How far a large result was written. */
  download?: DownloadState;
  cancel?: CancelState;
  /** What an action that is code keeps between two activations. */
  own?: unknown;
}

export interface DownloadState {
  artifact: string;
  /** The next chunk to fetch; everything before it is in the artifact. */
  chunk: number;
  /** Bytes of the artifact that are durable. */
  bytes: number;
  rows: number;
}

export interface CancelState {
  /** What ends the run once the remote operation has ended. */
  reason: 'canceled' | 'timeout';
  /** Epoch ms of the first cancel request. */
  since: number;
  polls: number;
}

/** What one activation came to. `next`: call again at once, the state is worth saving. */
export type Step =
  | {
      kind: 'done';
      output: unknown;
      /** Of the output: property -> where all of a list is whose first rows stand there. */
      previews?: Record<string, RowsArtifact>;
      /** In place of `output`, which is JSON in an artifact of the run. */
      artifact?: ArtifactAbout;
      warnings?: ValidationError[] /** What the service calls the launch that just ended. */;
      handle?: unknown;
    }
  | { kind: 'wait'; ms: number; state: ActionState }
  | { kind: 'next'; state: ActionState };

/** The scopes that a result gives: typed rows, all or the first of them, and the artifact that holds the rest. */
export interface ResultScopes {
  items: unknown[];
  pages: { more: boolean; count: number; artifact?: ArtifactAbout; preview?: true };
}

/** What is said of an artifact. */
export interface ArtifactAbout {
  id: string;
  media_type: string;
  /** Bytes. */
  size: number;
}

/** An artifact that holds a list of rows. */
export interface RowsArtifact extends ArtifactAbout {
  rows: number;
}

/** An artifact open for writing. */
export interface ArtifactSink {
  readonly id: string;
  /** Bytes so far. */
  readonly size: number;
  /** Awaiting it is the back-pressure; one call at a time. */
  write(chunk: Uint8Array): Promise<void>;
  /** Makes what was written durable. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** What the engine gives to an action: the way to the service, time, chance, and places to put things. */
export interface Io {
  /**
   * Sends to the account's host with its credentials, refreshed once when the service refuses the token.
   * @throws ConnectorError as `readOutcome` and `Http.send` do
   */
  send(request: BuiltRequest, purpose: Purpose): Promise<Outcome>;
  /**
   * As `send`, with the answer's body as a stream, for files. A body that is a stream is given by a function, which is
   * called for each try. A status other than 2xx throws as `readOutcome` does.
   */
  stream(
    request: Omit<BuiltRequest, 'body'> & { body?: string | Uint8Array | (() => Promise<Readable>) },
    purpose: Purpose,
  ): Promise<{ status: number; headers: Outcome['headers']; body: Readable }>;
  /**
   * Speaks another protocol than HTTP: gives `attempt` the authentication in its turn, and once more when it was refused and renewed.
   * @throws ConnectorError what `attempt` throws, without secrets
   */
  converse<T>(purpose: Purpose, attempt: (access: Access) => Promise<T>): Promise<T>;
  /** Fetches a pre-signed link, never with credentials of ours. The status is the caller's to judge. */
  fetchLink(link: { url: string; headers?: Record<string, string> }): Promise<{
    status: number;
    headers: Outcome['headers'];
    body: Readable;
  }>;
  /** Sends a body to a pre-signed link, never with credentials of ours. The status is the caller's to judge. */
  sendLink(link: {
    method: 'POST' | 'PUT';
    url: string;
    headers: Record<string, string>;
    body: Uint8Array | (() => Promise<Readable>);
    timeoutMs: number;
  }): Promise<{ status: number; headers: Outcome['headers']; body: Readable }>;
  /** Resolves when it is durable that the start request of a `token` or `once` action is about to be sent. */
  launching(): Promise<void>;
  /** Makes the handle durable, when more remote work follows the start request. */
  launched(state: ActionState): Promise<void>;
  /**
   * Whether a list of all active operations at the account, read for many runs together, holds this operation. False says nothing: the
   * list was not worth reading, or the operation is not in it.
   */
  isActive(list: ListManifest, id: string): Promise<boolean>;
  /** Offers the newest state to resume from during long work; resolves at once when it is not worth a write. */
  checkpoint(state: ActionState): Promise<void>;
  /** Opens an artifact of this run. Given an `id`, continues at `offset` and drops what lies after it. */
  openArtifact(place: { mediaType: string; id?: string; offset?: number }): Promise<ArtifactSink>;
  /** Reads an artifact of the same tenant, as it is stored. @throws ConnectorError ERR_NOT_FOUND */
  readArtifact(id: string): Promise<{ size: number; body: Readable }>;
  /** The same for a request: approval links, which are stored without their signature, work. Of the same size. */
  sendArtifact(id: string): Promise<{ size: number; body: Readable }>;
  now(): number;
  random(): number;
  signal: AbortSignal;
  builtin: BuiltinIo;
}

/** What actions that are about Penstock itself need beside `Io`: those of the connector `core`, and few others. */
export interface BuiltinIo {
  /** Absolute root folder that core.file may write under; one per tenant. */
  filesFolder: string;
  /** Counts bytes that core.file is about to write. @throws ConnectorError ERR_QUOTA_EXCEEDED */
  takeFileBytes(bytes: number): Promise<void>;
  http: Http;
  allowedHosts: readonly string[];
  /** Stable over every repeat of one delivery; the `webhook-id`. */
  deliveryId: string;
  tenant: string;
  /** What a person said to this run; `at` is epoch ms. */
  decision?: { approved: boolean; by: string; comment?: string; at: number };
  /** Tells those who listen that this run waits for a person. */
  askForApproval(message: string | undefined): Promise<void>;
  /** Life-cycle events of the tenant after a position, and the position after the last that was looked at. */
  readEvents(from: { after: string | undefined; limit: number }): Promise<{
    events: { position: string; id: string; type: string; timestamp: string; data: unknown }[];
    position: string | undefined;
  }>;
  /**
   * Stores an authentication for a workspace with the service principal that the run goes with, in the same linked account.
   * Asked again for the same workspace it gives the same authentication.
   * @throws ConnectorError ERR_CONFLICT when the run goes with something else than a service principal
   */
  connectWorkspace(workspace: { host: string; name: string; test: boolean }): Promise<{
    authentication: string;
    name: string;
    change: 'created' | 'renewed' | 'none';
  }>;
}

/** The real cause of a remote failure, as an `explain` function finds it. */
export interface Explanation {
  code?: string;
  message?: string;
  kind?: ErrorKind;
  hint?: string;
  upstream?: Upstream;
}
