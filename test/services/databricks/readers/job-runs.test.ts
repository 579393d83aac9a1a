import { expect, test } from 'vitest';
import type { JsonObject, SourceManifest } from '../../../../connector/manifest.ts';
import { follow } from './setting.ts';

const SOURCE: SourceManifest = {
  reader: 'job_runs',
  action: 'databricks.list_ended_runs',
  input: { job_id: '$input.job_id' },
  cursor: {
    items: 'runs',
    key: 'run_id',
    value: 'end_time',
    page_size: '$input.page_size',
    where: { result: '$input.results' },
  },
};
const HOUR = 3_600_000;
const T0 = Date.parse('2026-01-01T00:00:00Z');

interface Run {
  id: string;
  start: number;
  end?: number;
  result?: string;
}

/** A service that lists runs as Databricks does: by their start, newest first, active or ended ones. */
function service(input: JsonObject = {}) {
  const runs = new Map<string, Run>();
  const followed = follow(SOURCE, { page_size: 1_000, start: 'now', ...input });
  const answer = () => {
    const asked = followed.ask().input as { max_items: number; start_time_from?: number; watch: { run_id: string }[] };
    const all = [...runs.values()].toSorted((a, b) => b.start - a.start);
    const isWatched = ({ id }: Run) => asked.watch.some(({ run_id }) => run_id === id);
    const ended = all.filter(({ end }) => end !== undefined);
    const listed = ended.filter(({ start }) => start >= (asked.start_time_from ?? 0)).slice(0, asked.max_items);
    const item = ({ id, start, end, result }: Run) => ({ run_id: id, start_time: start, end_time: end ?? 0, result });
    return {
      runs: [...new Set([...listed, ...ended.filter(isWatched)])].map(item),
      more: ended.filter(({ start }) => start >= (asked.start_time_from ?? 0)).length > asked.max_items,
      active: all.filter(({ end }) => end === undefined).map(({ id, start }) => ({ run_id: id, start_time: start })),
    };
  };
  return {
    followed,
    put: (...changed: Run[]) => {
      for (const run of changed) runs.set(run.id, run);
    },
    drop: (id: string) => runs.delete(id),
    look: () => followed.read(answer()).events.map(({ change, data }) => [change, (data as { run_id: string }).run_id]),
    answer,
    ids: () => followed.read(answer()).events.map(({ id }) => id),
    listed: () => answer().runs.length,
  };
}

const many = (count: number, from: number): Run[] =>
  Array.from({ length: count }, (_, i) => ({
    id: `n${from}_${i}`,
    start: from + i * 1_000,
    end: from + i * 1_000 + 500,
  }));

test('gives a run once when it has ended, however many runs started after it', () => {
  const { put, look } = service();
  put({ id: 'long', start: T0 });
  expect(look()).toEqual([]);
  put(...many(700, T0 + HOUR));
  expect(look()).toHaveLength(700);

  put({ id: 'long', start: T0, end: T0 + 9 * HOUR });

  expect(look()).toEqual([['new', 'long']]);
  expect(look()).toEqual([]);
});

test('gives a repaired run once more, and no old run that moves up in the list meanwhile', () => {
  const { put, look } = service();
  put(...many(800, T0));
  expect(look()).toEqual([]);

  put({ id: `n${T0}_799`, start: T0 + 799_000 });
  expect(look()).toEqual([]);
  put({ id: `n${T0}_799`, start: T0 + 799_000, end: T0 + 2 * HOUR });

  expect(look()).toEqual([['changed', `n${T0}_799`]]);
  expect(look()).toEqual([]);
});

test('gives a repair of a run that is long forgotten as a change, once', () => {
  const { put, look } = service();
  put({ id: 'old', start: T0, end: T0 + 1 }, ...many(900, T0 + HOUR));
  look();

  put({ id: 'old', start: T0 });
  expect(look()).toEqual([]);
  put({ id: 'old', start: T0, end: T0 + 5 * HOUR });

  expect(look()).toEqual([['changed', 'old']]);
  expect(look()).toEqual([]);
});

test('gives no old run again when newer ones are deleted', () => {
  const { put, drop, look } = service();
  const runs = many(800, T0);
  put(...runs);
  look();

  for (const { id } of runs.slice(500)) drop(id);

  expect(look()).toEqual([]);
});

test('gives a repair that began and ended between two looks', () => {
  const { put, look } = service();
  put({ id: 'a', start: T0, end: T0 + 1 }, ...many(100, T0 + HOUR));
  look();

  put({ id: 'a', start: T0, end: T0 + 2 * HOUR });

  expect(look()).toEqual([['changed', 'a']]);
});

test('gives what was active at the start when it ends, and what starts and ends between two looks', () => {
  const { put, look } = service();
  put({ id: 'running', start: T0 }, { id: 'done', start: T0 - HOUR, end: T0 - 1 });
  look();

  put({ id: 'running', start: T0, end: T0 + 5 }, { id: 'quick', start: T0 + 1, end: T0 + 2 });

  expect(look()).toEqual([
    ['new', 'quick'],
    ['new', 'running'],
  ]);
});

test('starts in a workspace without runs', () => {
  const { put, look } = service();
  look();

  put({ id: 'first', start: T0, end: T0 + 1 });

  expect(look()).toEqual([['new', 'first']]);
  expect(look()).toEqual([]);
});

test('gives everything from the beginning, in pages and from old to new', () => {
  const { put, look, followed } = service({ start: 'beginning', page_size: 400 });
  put(...many(1_000, T0));

  const pages = [look(), look(), look()];

  expect(pages.map((page) => page.length)).toEqual([400, 400, 200]);
  expect(new Set(pages.flat().map(([, id]) => id)).size).toBe(1_000);
  expect(pages[0]![0]).toEqual(['new', `n${T0}_0`]);
  expect(look()).toEqual([]);
  expect(followed.position!.value).toBe('1000');
});

test('asks for few runs once it has caught up, and forgets the rest', () => {
  const { put, look, listed, followed } = service({ start: 'beginning', page_size: 5_000 });
  put(...many(3_000, T0));
  look();

  look();

  expect(listed()).toBeLessThanOrEqual(601);
  expect(Object.keys(JSON.parse(followed.memory!).seen).length).toBeLessThanOrEqual(601);
});

test('gives only results that are wanted, and a repair that made one of another', () => {
  const { put, look } = service({ results: ['SUCCESS'] });
  look();
  put({ id: 'a', start: T0, end: T0 + 1, result: 'FAILED' }, { id: 'b', start: T0, end: T0 + 1, result: 'SUCCESS' });
  expect(look()).toEqual([['new', 'b']]);

  put({ id: 'a', start: T0, end: T0 + 2, result: 'SUCCESS' });

  expect(look()).toEqual([['new', 'a']]);
});

test('forgets a watched run that was deleted', () => {
  const { put, drop, look, followed } = service();
  put({ id: 'gone', start: T0 });
  look();
  drop('gone');

  for (let looks = 0; looks < 25; looks += 1) expect(look()).toEqual([]);

  expect(JSON.parse(followed.memory!).active).toEqual({});
});

test('writes nothing down when nothing happened', () => {
  const { put, look, followed } = service();
  put({ id: 'a', start: T0, end: T0 + 1 });
  look();
  look();

  const output = { runs: [{ run_id: 'a', start_time: T0, end_time: T0 + 1 }], active: [] };

  expect(followed.read(output)).toMatchObject({ events: [], to: null, more: false });
});

test('tells how many runs are left, and since when the first', () => {
  const { put, look, followed, answer } = service({ start: 'beginning', page_size: 1 });
  put({ id: 'a', start: T0, end: T0 + 1 }, { id: 'b', start: T0, end: T0 + 3 }, { id: 'c', start: T0, end: T0 + 2 });
  look();

  const { backlog } = followed.read(answer());

  expect(backlog).toEqual({
    before: { rows: 2, versions: null, oldest: new Date(T0 + 2).toISOString(), future: 0 },
    after: { rows: 1, versions: null, oldest: new Date(T0 + 3).toISOString(), future: 0 },
  });
});
