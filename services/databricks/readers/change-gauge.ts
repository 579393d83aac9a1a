import type { JsonObject } from '../../../connector/manifest.ts';
import { NO_BACKLOG, type Page, type Position } from '../../../triggers/position.ts';
import { HELPER_PREFIX } from '../../../triggers/table/keyset.ts';
import type { Change } from './changes.ts';

/** What a statement of a change feed counts beside the page that it reads. */
export interface ChangeGauge {
  /** Rows after the position; of an update one. */
  rows: number;
  /** Newest version with changes; `undefined` of a snapshot, which reads one version. */
  latest: bigint | undefined;
}

const ROWS = `${HELPER_PREFIX}rows`;
const LATEST = `${HELPER_PREFIX}latest`;

/** A page of changes beside what is counted: always one row, of nulls beside the counts when there is nothing. */
export function withGauge(
  page: string,
  of: { from: string; where: string; isSnapshot: boolean; order: string },
): string {
  const counts = of.isSnapshot
    ? `count(*) AS ${ROWS}`
    : `count_if(_change_type <> 'update_preimage') AS ${ROWS}, CAST(max(_commit_version) AS STRING) AS ${LATEST}`;
  const gauge = `SELECT ${counts}\nFROM ${of.from}\n${of.where}`;
  return `SELECT * FROM (\n${gauge}\n) LEFT JOIN (\n${page}\n) ON true\nORDER BY ${of.order}`;
}

/** The counts of an answer and its rows. */
export function splitGauge(list: JsonObject[], key: string): { gauge: ChangeGauge; rows: JsonObject[] } {
  const first = list[0] ?? {};
  const latest = first[LATEST];
  const gauge = { rows: Number(first[ROWS] ?? 0), latest: latest == null ? undefined : BigInt(String(latest)) };
  const isEmpty = list.length === 1 && first[key] == null && gauge.rows === 0;
  return { gauge, rows: isEmpty ? [] : list };
}

/** What is not delivered before and after a page of changes that was asked for from a position. */
export function changeBacklog(
  gauge: ChangeGauge,
  of: { changes: Change[]; last: Change; events: number; more: boolean; position: Position },
): NonNullable<Page['backlog']> {
  const { changes, last, events, more, position } = of;
  const latest = gauge.latest ?? BigInt(changes.at(-1)!.version);
  const versions = versionsLeft(latest, BigInt(position.value!), position.key !== null);
  // An update that changed the key is two events and counted as one.
  const rows = more ? Math.max(gauge.rows, events + 1) : events;
  const before = { rows, versions, oldest: timeOf(changes[0]), future: 0 };
  if (!more) return { before, after: NO_BACKLOG };
  const next = changes[changes.indexOf(last) + 1];
  const left = versionsLeft(latest, BigInt(last.version), true);
  return { before, after: { rows: rows - events, versions: left, oldest: timeOf(next), future: 0 } };
}

/** A version of which a part is delivered is left, too. */
function versionsLeft(latest: bigint, at: bigint, isInside: boolean): number {
  return Math.max(1, Number(latest - at) + Number(isInside));
}

/** As `changeBacklog`, of a page of a snapshot; how many changes came since is asked for after it. */
export function snapshotBacklog(
  gauge: ChangeGauge,
  of: { events: number; more: boolean },
): NonNullable<Page['backlog']> {
  const unknown = { ...NO_BACKLOG, versions: null };
  const rows = Math.max(gauge.rows, of.events);
  return { before: { ...unknown, rows }, after: { ...unknown, rows: of.more ? rows - of.events : null } };
}

function timeOf(change: Change | undefined): string | null {
  const time = typeof change?.timestamp === 'string' ? Date.parse(change.timestamp) : Number.NaN;
  return Number.isNaN(time) ? null : new Date(time).toISOString();
}
