import type { Context } from '../context.ts';
import type { Launch, Run } from './runs.ts';

/** The launches of a run in hand. */
export interface Launches {
  /** As the record shows them. */
  readonly all: Launch[];
  /** Token of the present launch: at most 64 characters, the same for every repeat of this launch, new for the next. */
  readonly token: string;
  /** A launch was sent and neither a handle nor a refusal came back. */
  readonly isOpen: boolean;
  /** Notes that the launch is about to be sent; a repeat of the same launch notes nothing. */
  begin(): void;
  /** The answer came; `handle` is what the service calls the effect. */
  answered(handle: unknown): void;
  end(outcome: NonNullable<Launch['outcome']>): void;
  /** The request never left, or was refused: the note is taken back, the effect did not happen. */
  refused(): void;
}

/**
 * Opens the launches of a run. The token is `<run id>-<number>`: an operator who sees it at the service finds the run,
 * and a replay, being another run, has another one.
 */
export function openLaunches(ctx: Context, run: Run): Launches {
  const all = run.launches.map((launch) => ({ ...launch }));
  const last = () => all.at(-1);
  const number = () => {
    const launch = last();
    return launch === undefined ? 1 : launch.outcome === 'failed' ? launch.number + 1 : launch.number;
  };
  return {
    all,
    get token() {
      return `${run.id}-${number()}`;
    },
    get isOpen() {
      const launch = last();
      return launch !== undefined && launch.handle === undefined && launch.outcome === undefined;
    },
    begin() {
      const next = number();
      if (last()?.number === next) return;
      all.push({ number: next, token: `${run.id}-${next}`, sent_at: ctx.clock.now() });
    },
    answered(handle) {
      const launch = last();
      if (launch !== undefined && handle !== undefined) launch.handle = handle;
    },
    end(outcome) {
      const launch = last();
      if (launch !== undefined) launch.outcome ??= outcome;
    },
    refused() {
      if (last()?.handle === undefined) all.pop();
    },
  };
}
