import type { TriggerHealth, Workflow } from 'penstock-client';
import type { ReactNode } from 'react';
import { expect, onTestFinished, test, vi } from 'vitest';
import { setClock } from '../../web/src/data/clock.ts';
import { AccountsPage } from '../../web/src/pages/accounts/accounts.tsx';
import ScheduleFields from '../../web/src/pages/builder/schedule-fields.tsx';
import { HomePage } from '../../web/src/pages/home/home.tsx';
import { SyncTab } from '../../web/src/pages/workflows/sync/sync-tab.tsx';
import { TriggerNotices } from '../../web/src/pages/workflows/trigger-notices.tsx';
import { answer, renderPage, until } from './render-page.tsx';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Of the server. */
const NOW = Date.parse('2026-06-01T12:00:00Z');
const after = (minutes: number) => new Date(NOW + minutes * MINUTE_MS).toISOString();

const ACCOUNT = {
  id: 'la_1',
  name: 'warehouse',
  connector: 'databricks',
  status: 'expiring',
  expires_at: after(40),
  tested_at: after(-15),
};
const SYNC = {
  id: 'wf_1',
  name: 'flights',
  version: 1,
  latest: 1,
  trigger: { id: 'databricks.new_rows', state: 'late', lag: { seconds: 90 }, next_tick_at: after(10) },
  linked_accounts: [],
  steps: [],
};
const CURSOR = {
  version: 3,
  position: { value: '9' },
  events: 7,
  failures: 2,
  last_error: 'no answer',
  last_hint: null,
  last_success_at: after(-3),
  last_tick_at: after(-2),
  not_before: after(4),
  paused: { at: after(-45), by: 'ada', reason: 'a look' },
  in_flight: null,
};
const HEALTH = { state: 'failing', cursor: CURSOR, lag: { seconds: 90 } } as unknown as TriggerHealth;
const CAUSE = {
  id: 'c1',
  code: 'ERR_TIMEOUT',
  pattern: 'too late',
  action: 'core.webhook',
  count: 1,
  linked_accounts: [],
  last_at: after(-5),
};
const APPROVAL = {
  id: 'run_2',
  run: 'run_1',
  step: 'ask',
  workflow: 'wf_1',
  message: 'Deploy?',
  requested_at: after(-20),
  expires_at: after(30),
};
const LISTS: Readonly<Record<string, unknown[]>> = {
  '/v1/linked_accounts': [ACCOUNT],
  '/v1/workflows': [SYNC],
  '/v1/approvals': [APPROVAL],
  '/v1/runs/causes': [CAUSE],
};

/** The clock of this computer differs from the server's, which says its time with every answer. */
function shiftClock(hours: number): void {
  const said = (at: number) => setClock(new Response(null, { headers: { date: new Date(at).toUTCString() } }));
  vi.useFakeTimers({ toFake: ['Date'], now: NOW + hours * HOUR_MS });
  said(NOW);
  onTestFinished(() => {
    vi.useRealTimers();
    said(Date.now());
  });
}

/** Renders a part and, once it says `last`, gives its text, and what was asked for since when, by path. */
async function textOf(
  element: ReactNode,
  address: string,
  last = '',
): Promise<{ text: string; from: Map<string, string> }> {
  const from = new Map<string, string>();
  answer(({ path, query }) => {
    if (query.has('from')) from.set(path, query.get('from')!);
    if (path.endsWith('/series')) return { status: 404, body: { title: 'Not found', detail: 'none' } };
    return { status: 200, body: { items: LISTS[path] ?? [], next_cursor: null, is_complete: true } };
  });
  // A list shows the rows that it has room for, and a document without a window has none.
  for (const side of ['clientHeight', 'clientWidth'] as const)
    vi.spyOn(HTMLElement.prototype, side, 'get').mockReturnValue(600);
  onTestFinished(() => void vi.restoreAllMocks());
  await renderPage(element, address, []);
  const text = () => document.body.textContent!.replaceAll(/\s+/g, ' ');
  await until(() => text().includes(last));
  return { text: text(), from };
}

test.each([-1, 0, 1])('home says the right times with a clock that is %d h wrong', async (hours) => {
  shiftClock(hours);

  const { text, from } = await textOf(<HomePage />, '/', 'Deploy?');

  expect(text).toContain('core.webhook · 5 min. ago');
  expect(text).toContain('Next tick in 10 min.');
  expect(text).toContain('asked 20 min. ago, expires in 30 min.');
  expect(from.get('/v1/runs/causes')).toBe(new Date(NOW - DAY_MS).toISOString());
});

test.each([-1, 0, 1])('the page of a sync says the right times with a clock that is %d h wrong', async (hours) => {
  shiftClock(hours);
  const page = (
    <>
      <TriggerNotices workflow={SYNC as unknown as Workflow} health={HEALTH} />
      <SyncTab workflow={SYNC as unknown as Workflow} health={HEALTH} />
    </>
  );

  const { text, from } = await textOf(page, '/workflows/wf_1');

  expect(text).toContain('Paused 45 min. ago by ada');
  expect(text).toContain('The next poll is in 4 min.');
  expect(text).toContain('Last success3 min. ago');
  expect(text).toContain('Last poll 2 min. ago');
  expect(from.get('/v1/workflows/wf_1/trigger/series')).toBe(new Date(NOW - DAY_MS).toISOString());
});

test.each([-1, 0, 1])('accounts say when they expire with a clock that is %d h wrong', async (hours) => {
  shiftClock(hours);

  const { text } = await textOf(<AccountsPage />, '/accounts', 'warehouse');

  expect(text).toContain('warehouse');
  expect(text).toContain('in 40 min.');
  expect(text).toContain('15 min. ago');
});

test.each([-1, 0, 1])('the next times of a schedule are after now with a clock that is %d h wrong', async (hours) => {
  shiftClock(hours);
  const value = { cron: '30 * * * *', time_zone: 'UTC' };

  await textOf(<ScheduleFields value={value} onChange={() => {}} isRequired isDisabled={false} />, '/');

  const [first] = document.querySelectorAll('[aria-label="Next times"] time');
  expect(first!.getAttribute('datetime')).toBe('2026-06-01T12:30:00.000Z');
});
