import type { Action, Effect } from '../connector/manifest.ts';
import type { Scopes } from '../connector/template.ts';
import type { ActionCall, ActionState, Explanation, Io, ResultScopes, Step } from './call.ts';

declare module '../connector/service.ts' {
  interface Service {
    /** Actions whose manifests have no request, by their full ids. */
    readonly actions?: Readonly<Record<string, CodeAction>>;
    /** Functions that ask for the real cause of a failure of an action with `await`, by the id of the action. */
    readonly explains?: Readonly<Record<string, Explain>>;
    /** What the last response says of a failure, beside what `code` and `message` of `await` point at. Never throws. */
    failureDetails?(last: unknown): FailureDetails;
    /** Why what an action waits for will not come, where someone else did the opposite; undefined: it can still come. Never throws. */
    undone?(id: string, last: unknown, waitedMs: number): Undone | undefined;
    /** Reads the rows of results that `pages.style: "chunks"` describes. */
    readonly chunks?: ChunkReader;
    /** The input as the templates of a request read it; given and returned in wire form. @throws ConnectorError ERR_INPUT_INVALID */
    prepareInput?(input: unknown): unknown;
    /** The effect of one call where the input decides; undefined: the manifest's. */
    effectOf?(id: string, input: unknown): Effect | undefined;
    /** What an operator can do about a run whose outcome is unknown, one or two sentences; undefined: the general sentence. */
    unknownHint?(action: Action, call: Pick<ActionCall, 'run' | 'input'>): string | undefined;
    /**
     * Looks for a launch whose answer was lost, as a sentence for an operator; undefined where nothing can be said. `sentAt` is epoch
     * ms. Never throws.
     */
    findLostLaunch?(run: { action: Action; call: ActionCall; io: Io }, sentAt: number): Promise<string | undefined>;
  }
}

/** An action whose manifest has no request. */
export interface CodeAction {
  advance(action: Action, call: ActionCall, state: ActionState, io: Io): Promise<Step>;
  /** What it takes in parts, whatever its size: the rows of its input, or the text of the whole. */
  takes?: 'rows' | 'text';
  /** Its output may hold secrets of the run, for later steps: they are sealed beside it, and shown nowhere. */
  givesOn?: true;
  /** Left out when nothing remote can continue after the run. */
  cancel?(action: Action, call: ActionCall, state: ActionState, io: Io): Promise<Step | 'nothing_to_cancel'>;
}

export interface FailureDetails {
  /** Follows the message, such as the words of the cloud that the service runs in. */
  details?: string | undefined;
  sqlState?: string | undefined;
}

/** `message` ends the sentence "Stop Warehouse was undone: …". */
export interface Undone {
  state: string;
  message: string;
  hint: string;
}

/** Looks for the real cause of a failure that the last answer only hints at; `undefined` when nothing better is found. */
export type Explain = (last: unknown, io: Io) => Promise<Explanation | undefined>;

/** Reads a result that comes in chunks. */
export interface ChunkReader {
  /** Inputs that it reads beside those of the request. */
  readonly inputs: readonly string[];
  /** The rows, when they came whole with the answer and are few; `undefined` when they have to be downloaded. */
  few(call: ActionCall, scopes: Scopes): ResultScopes | undefined;
  /** Downloads the rows, few into memory and many into an artifact; continues at `state.download`. */
  download(call: ActionCall, io: Io, at: { last: unknown; state: ActionState }): Promise<ResultScopes>;
}

/** The functions of an action that is code, `undefined` for one that is described by its manifest alone. */
export function codeAction({ id, connector }: Action): CodeAction | undefined {
  return connector.service.actions?.[id];
}
