import { hash } from 'node:crypto';
import type { Context } from './context.ts';
import type { Launch, Run } from './run.ts';

const MAX_TOKEN_LENGTH = 64;
/** 128 bits, as hexadecimal digits. */
const MARK_LENGTH = 32;

/** The launches of a run that is claimed. */
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
 * Opens the launches of a run. The token begins with the run's id, or that of the run it belongs to: an operator who sees it
 * at the service finds the run, and a replay, being another run, has another one.
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
      return launchToken(run.id, number());
    },
    get isOpen() {
      const launch = last();
      return launch !== undefined && launch.handle === undefined && launch.outcome === undefined;
    },
    begin() {
      const next = number();
      if (last()?.number === next) return;
      all.push({ number: next, token: launchToken(run.id, next), sent_at: ctx.clock.now() });
    },
    answered(handle) {
      const launch = last();
      if (launch !== undefined && handle !== undefined) launch.handle = handle;
    },
    end(outcome) {
      const launch = last();
      if (launch === undefined || launch.outcome !== undefined) return;
      launch.outcome = outcome;
      launch.ended_at = ctx.clock.now();
    },
    refused() {
      if (last()?.handle === undefined) all.pop();
    },
  };
}

/** Services take at most 64 characters; steps inside of workflows inside of loops have longer ids. */
function launchToken(run: string, number: number): string {
  const whole = `${run}-${number}`;
  if (whole.length <= MAX_TOKEN_LENGTH) return whole;
  const [root] = run.split('.');
  return `${root}-${hash('sha256', whole).slice(0, MARK_LENGTH)}`;
}
