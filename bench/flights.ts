import type { Emulated } from './emulated.ts';

export const FLIGHTS = 'main.default.flights';
/** What the samples have. */
export const ALL_FLIGHTS = 3_000_000;

/**
 * Makes the table of the sync: the first flights of the samples in the order of their times. Of every sixth hour all have the
 * time of its beginning: hundreds to thousands of equal times, over the edges of pages.
 */
export async function makeFlights({ sql }: Pick<Emulated, 'sql'>, rows: number): Promise<void> {
  await sql(
    `CREATE TABLE ${FLIGHTS} AS SELECT flight_id AS id,
       CASE WHEN hour(date) % 6 = 0 THEN date_trunc('HOUR', date) ELSE date END AS departed_at, delay, distance, origin, destination
     FROM samples.flights.flights WHERE flight_id <= ${rows}`,
  );
}

/** The trigger of a workflow that syncs it. */
export function flightsTrigger(of: Pick<Emulated, 'account' | 'warehouse'>, input: object): object {
  return {
    id: 'databricks.incremental_sync',
    linked_account: of.account,
    input: {
      warehouse_id: of.warehouse,
      table: FLIGHTS,
      cursor_column: 'departed_at',
      cursor_type: 'TIMESTAMP',
      key_column: 'id',
      key_type: 'BIGINT',
      every_seconds: 5,
      ...input,
    },
  };
}
