import type { ConnectorError, ErrorRecord } from '../connector/errors.ts';
import type { JsonObject, SourceManifest, Trigger } from '../connector/manifest.ts';
import type { Page, Position } from './position.ts';

/** What one look at a source is given. */
export interface Poll {
  /** The accepted input of the trigger. */
  input: JsonObject;
  /** `null`: nothing was read yet. */
  position: Position | null;
  /** What the source kept with the position. */
  memory: string | null;
  /** Epoch ms at which the source is asked; the same when its answer is read. */
  now: number;
  /** Makes event ids differ between triggers. */
  owner: string;
  /** Last cursor value of a range that is read beside the live sync. */
  until?: string | undefined;
}

/** An action and its input; triggers send no requests of their own. */
export interface Ask {
  action: string;
  input: JsonObject;
}

/** How what is new is found in one kind of source. Pure: the engine runs the action and keeps position and memory. */
export interface Source {
  /** Whether the memory is needed; otherwise it is not loaded. */
  hasMemory: boolean;
  /** Whether `ask` reads the memory, too; otherwise it is given none. */
  asksWithMemory?: boolean;
  /** @throws ConnectorError ERR_CURSOR_COLUMN for a position that cannot be one of this source */
  ask(poll: Poll): Ask;
  /** @throws ConnectorError ERR_CURSOR_COLUMN, ERR_RESPONSE_INVALID */
  read(poll: Poll, output: unknown): Page;
  /** Turns a failure of the action into a page, or into a failure that says more; `undefined` leaves it as it is. */
  recover?(poll: Poll, error: ErrorRecord): Page | ConnectorError | undefined;
  /** Whether a part between two values can be read in parallel with the live sync. */
  hasRanges?: boolean;
  /**
   * The position for what a person gave, while the cursor is at `current`.
   * @throws ConnectorError ERR_CURSOR_COLUMN when it is none of this source; a source without it has no positions to set
   */
  accept?(given: { value: string; key: string | null }, current?: Position | null): Position;
  /** How many events lie between the position of the poll and `to`, for a preview of a rewind; left out where nobody can know. */
  count?(poll: Poll, to: Position | null): { ask: Ask; read(output: unknown): number };
}

/** Makes the source of one manifest entry for one input. */
export type Reader = (source: SourceManifest, trigger: Trigger, input: JsonObject) => Source;
