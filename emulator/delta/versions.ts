import { SqlError } from '../sql/error.ts';
import type { TableMeta } from '../unity/registry.ts';

/** One commit of a table, as DESCRIBE HISTORY shows it. */
export interface Commit {
  version: number;
  timestamp: number;
  userName: string;
  operation: string;
  parameters: Record<string, string>;
  metrics: Record<string, string>;
  /** Whether change data was recorded for this commit. */
  changes: boolean;
  /** How many rows it added, when it did nothing else. */
  appended?: number;
}

/** The table property that turns the feed on. */
export const FEED_PROPERTY = 'delta.enableChangeDataFeed';

/** The version for a boundary of `table_changes`: itself, or of a timestamp the first (start) or last (end) one on its side. */
export function versionAt(list: Commit[], boundary: string, side: 'start' | 'end'): number {
  if (/^\d+$/.test(boundary)) return Number(boundary);
  const time = Date.parse(/[zZ]|[+-]\d\d:?\d\d$/.test(boundary) ? boundary : `${boundary.trim().replace(' ', 'T')}Z`);
  if (Number.isNaN(time))
    throw new SqlError(
      'DELTA_TIMESTAMP_INVALID',
      '42816',
      `The provided timestamp (${boundary}) cannot be converted to a valid timestamp.`,
    );
  const last = list.at(-1);
  if (last !== undefined && time > last.timestamp) {
    throw new SqlError(
      'DELTA_TIMESTAMP_GREATER_THAN_COMMIT',
      '42816',
      `Timestamp ${boundary} is after the table's latest version (${new Date(last.timestamp).toISOString()}). Use a timestamp at or before ${new Date(last.timestamp).toISOString()}.`,
    );
  }
  const first = list[0];
  if (side === 'end' && first !== undefined && time < first.timestamp)
    throw new SqlError(
      'DELTA_TIMESTAMP_EARLIER_THAN_COMMIT_RETENTION',
      '42816',
      `The provided timestamp (${boundary}) is before the earliest version available to this\ntable (${new Date(first.timestamp).toISOString()}). Please use a timestamp after ${new Date(first.timestamp).toISOString()}.`,
    );
  if (side === 'start') return list.find((item) => item.timestamp >= time)?.version ?? 0;
  return list.findLast((item) => item.timestamp <= time)?.version ?? 0;
}

/** The error for a version that was written while the feed was off. */
export function missingChanges(from: number, to: number, version: number): SqlError {
  return new SqlError(
    'DELTA_MISSING_CHANGE_DATA',
    'KD002',
    `Error getting change data for range [${from} , ${to}] as change data was not\nrecorded for version [${version}]. If you've enabled change data feed on this table,\nuse \`DESCRIBE HISTORY\` to see when it was first enabled.\nOtherwise, to start recording change data, use \`ALTER TABLE table_name SET TBLPROPERTIES\n(${FEED_PROPERTY}=true)\`.`,
  );
}

/** The error for change data that VACUUM has removed. */
export function fileGone(meta: TableMeta | undefined, version: number): SqlError {
  return new SqlError(
    'DELTA_CHANGE_DATA_FILE_NOT_FOUND',
    '42K03',
    `File ${meta?.storage_location ?? ''}/_change_data/cdc-${String(version).padStart(5, '0')}.snappy.parquet referenced in the transaction log cannot be found. This can occur when data has been manually deleted from the file system rather than using the table \`DELETE\` statement. This request appears to be targeting Change Data Feed, if that is the case, this error can occur when the change data file is out of the retention period and has been deleted by the \`VACUUM\` statement.`,
  );
}

/** The error for a version that time travel does not reach. */
export function versionNotFound(version: number, list: Commit[]): SqlError {
  const [first, last] = [list[0]?.version ?? 0, list.at(-1)?.version ?? 0];
  return new SqlError(
    'DELTA_VERSION_NOT_FOUND',
    '22003',
    `Cannot time travel Delta table to version ${version}. Available versions: [${first}, ${last}].`,
  );
}
