import type { Row, TargetColumn } from './row-values.ts';
import type { StatementParameter } from './statement-runner.ts';

export interface WriteRowsInput {
  warehouse_id: string;
  table: string;
  rows: Row[];
  batch_size: number;
  key_columns?: string[];
  when_matched?: 'UPDATE' | 'IGNORE';
}

/** The statement that writes one batch. */
export type Build = (
  input: WriteRowsInput,
  columns: TargetColumn[],
  batch: { rows: Row[]; first: number },
) => { statement: string; parameters: StatementParameter[] };
