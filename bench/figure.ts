import type { Machine } from './processes.ts';

/** How much is done: the short form only shows that it runs. */
export interface Scale {
  /** Rounds of Penstock and baseline in turn; the medians of their ratios count. */
  pairs: number;
  /** Multiplies the numbers of runs. */
  share: number;
}

/** One line of the table. */
export interface Row {
  figure: string;
  aim: string;
  penstock: string;
  baseline: string;
  /** Penstock divided by the baseline, where there is one. */
  ratio: number | undefined;
  /** Undefined where the aim is to report. */
  isMet: boolean | undefined;
}

/** One figure of the table, or several that are measured together. */
export interface Figure {
  name: string;
  measure(machine: Machine, scale: Scale): Promise<Row[]>;
}

export const FULL: Scale = Object.freeze({ pairs: 5, share: 1 });
export const SHORT: Scale = Object.freeze({ pairs: 1, share: 0.02 });

/** A number of runs at a scale, never less than what says anything. */
export function scaled(count: number, { share }: Scale, least = 50): number {
  return Math.max(least, Math.round(count * share));
}
