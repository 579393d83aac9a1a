import type { App } from './open.ts';

/** Figures that are measured together, and what each may be at most. */
export interface Limit {
  /** What is measured; also chosen by words of it on the command line. */
  name: string;
  figures: readonly { name: string; most: number; unit: 'ms' | 'MB' }[];
  /** One number for each figure. */
  measure(app: App): Promise<number[]>;
}
