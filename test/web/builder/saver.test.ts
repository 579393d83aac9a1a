import { expect, onTestFinished, test } from 'vitest';
import type { JsonObject } from '../../../web/src/builder/document.ts';
import { createSaver, isShownAs, type Kept, type SaveFailure, type Stored } from '../../../web/src/builder/saver.ts';

/** A server with one draft and a published version, a tab that keeps, and a clock that is moved by the test. */
function setup({ etag = '1', isNew = false } = {}) {
  const first: Stored = { document: { n: 0 }, etag: isNew ? undefined : etag, version: 1 };
  const server = {
    draft: first.etag === undefined ? undefined : first,
    published: { document: { n: 0 } as JsonObject, version: 1 },
    etags: 1,
    puts: [] as JsonObject[],
    /** What happens to the next requests: refused before, or done without an answer. */
    faults: [] as ({ before: SaveFailure } | 'no answer')[],
  };
  const tab = { kept: undefined as Kept | undefined };
  let timer: (() => void) | undefined;
  const saver = createSaver(first, {
    async put(document, { etag, version }) {
      await Promise.resolve();
      const fault = server.faults.shift();
      if (typeof fault === 'object') throw fault.before;
      const isOther = etag === undefined && server.published.version !== version;
      if (server.draft?.etag !== etag || isOther) throw { status: 412, message: 'changed meanwhile' };
      server.puts.push(document);
      server.draft = { document, etag: String(++server.etags), version };
      if (fault === 'no answer') throw { status: 0, message: 'no answer' };
      return server.draft;
    },
    read: async (version) =>
      server.draft ?? (server.published.version === version ? undefined : { ...server.published, etag: undefined }),
    failureOf: (error) => error as SaveFailure,
    keep: (kept) => {
      tab.kept = kept;
    },
    later(act) {
      timer = act;
      return () => {
        timer = undefined;
      };
    },
  });
  onTestFinished(() => saver.close());
  /** The time that it waits for passes, and what it sends is answered. */
  const pass = async () => {
    timer?.();
    for (let i = 0; i < 20; i += 1) await Promise.resolve();
  };
  return { server, tab, saver, pass };
}

test('who shows the state hears of it when it is another one, and not of each key', async () => {
  const { saver, pass } = setup();
  const told: string[] = [];
  saver.subscribe(() => told.push(saver.state().kind));
  for (const n of [1, 2, 3]) saver.change({ n });

  expect(told).toEqual(['unsaved']);
  await pass();
  expect(told).toEqual(['unsaved', 'saving', 'saved']);
});

test('a change is kept by the tab at once, and by the server after a pause', async () => {
  const { server, tab, saver, pass } = setup();
  const next = { n: 1 };

  saver.change({ n: 0.5 });
  saver.change(next);
  expect(saver.state().kind).toBe('unsaved');
  expect(tab.kept).toEqual({ document: next, base: '1', version: 1 });
  await pass();

  expect(server.puts).toEqual([next]);
  expect(saver.state().kind).toBe('saved');
  expect(tab.kept).toBeUndefined();
  expect(saver.etag()).toBe('2');
});

test('what is typed while it is sent is sent afterwards, over its own draft', async () => {
  const { server, saver, pass } = setup({ isNew: true });
  saver.change({ n: 1 });
  const flushed = saver.flush();
  saver.change({ n: 2 });

  expect((await flushed).kind).toBe('saved');
  await pass();

  expect(server.puts).toEqual([{ n: 1 }, { n: 2 }]);
});

test('the second of two editors is told, and nothing is overwritten', async () => {
  const { server, tab, saver, pass } = setup();
  server.draft = { document: { theirs: true }, etag: '7', version: 1 };
  saver.change({ n: 1 });
  await pass();

  expect(saver.state()).toEqual({ kind: 'conflict', theirs: { document: { theirs: true }, etag: '7', version: 1 } });
  saver.change({ n: 2 });
  await pass();
  expect(server.puts).toEqual([]);
  expect(tab.kept?.document).toEqual({ n: 2 });

  saver.overwrite();
  await pass();
  expect(server.puts).toEqual([{ n: 2 }]);
});

test('the draft of the other editor can be taken instead', async () => {
  const { server, tab, saver, pass } = setup();
  server.draft = { document: { theirs: true }, etag: '7', version: 1 };
  saver.change({ n: 1 });
  await pass();

  saver.accept(server.draft);
  await pass();
  expect(saver.state().kind).toBe('saved');
  expect(tab.kept).toBeUndefined();
  saver.change({ theirs: true, n: 3 });
  await pass();

  expect(server.puts).toEqual([{ theirs: true, n: 3 }]);
});

test('a draft that was discarded meanwhile is a conflict, too', async () => {
  const { server, saver, pass } = setup();
  server.draft = undefined;
  saver.change({ n: 1 });
  await pass();

  expect(saver.state()).toEqual({ kind: 'conflict', theirs: undefined });
  saver.overwrite();
  await pass();
  expect(server.draft).toMatchObject({ document: { n: 1 } });
});

test.each([true, false])(
  'a version that was published meanwhile is shown before anything is saved (new: %s)',
  async (isNew) => {
    const { server, tab, saver, pass } = setup({ isNew });
    server.draft = undefined;
    server.published = { document: { theirs: true }, version: 2 };
    saver.change({ n: 1 });
    await pass();

    const theirs = { document: { theirs: true }, etag: undefined, version: 2 };
    expect(saver.state()).toEqual({ kind: 'conflict', theirs });
    // Also after a reload of the tab, whose server has no draft.
    expect(tab.kept).toMatchObject({ document: { n: 1 }, version: 1 });
    expect(server.puts).toEqual([]);
    saver.overwrite();
    await pass();
    expect(server.draft).toMatchObject({ document: { n: 1 }, version: 2 });
    expect(saver.version()).toBe(2);
  },
);

test('after a refused publish, what somebody else did is compared, unless it is the same', async () => {
  const other = setup();
  other.server.draft = { document: { theirs: true }, etag: '7', version: 1 };
  const same = setup();
  same.server.draft = undefined;
  same.server.published = { document: { n: 0 }, version: 2 };

  expect(await other.saver.examine()).toMatchObject({ kind: 'conflict', theirs: { etag: '7' } });
  expect(other.tab.kept).toMatchObject({ document: { n: 0 }, base: '1' });
  expect(await same.saver.examine()).toEqual({ kind: 'saved' });
  expect([same.saver.etag(), same.saver.version()]).toEqual([undefined, 2]);
  same.saver.change({ n: 1 });
  await same.pass();
  expect(same.server.draft).toMatchObject({ document: { n: 1 }, version: 2 });
});

test('an unavailable server is tried again, and nothing is lost', async () => {
  const { server, tab, saver, pass } = setup();
  server.faults = [
    { before: { status: 503, message: 'unavailable' } },
    { before: { status: 0, message: 'no answer' } },
  ];
  saver.change({ n: 1 });
  await pass();
  expect(saver.state()).toEqual({ kind: 'waiting', message: 'unavailable' });
  expect(tab.kept?.document).toEqual({ n: 1 });
  await pass();
  await pass();

  expect(server.puts).toEqual([{ n: 1 }]);
  expect(saver.state().kind).toBe('saved');
});

test('what was stored without an answer is no conflict, whatever was typed since', async () => {
  const { server, saver, pass } = setup();
  server.faults = ['no answer'];
  saver.change({ n: 1 });
  await pass();
  saver.change({ n: 2 });
  await pass();
  await pass();

  expect(server.puts).toEqual([{ n: 1 }, { n: 2 }]);
  expect(saver.state().kind).toBe('saved');
});

test('what the server refuses is said, kept, and tried with the next change', async () => {
  const { server, tab, saver, pass } = setup();
  server.faults = [{ before: { status: 413, message: 'too large' } }];
  saver.change({ n: 1 });
  await pass();
  expect(saver.state()).toEqual({ kind: 'refused', message: 'too large' });
  expect(tab.kept?.document).toEqual({ n: 1 });
  saver.change({ n: 2 });
  await pass();

  expect(server.puts).toEqual([{ n: 2 }]);
});

test('what was never changed is stored when a test needs a draft', async () => {
  const { server, saver } = setup({ isNew: true });

  expect((await saver.store()).kind).toBe('saved');
  expect((await saver.store()).kind).toBe('saved');

  expect(server.puts).toEqual([{ n: 0 }]);
});

test('a document is recognized though its secrets are hidden', () => {
  expect(isShownAs({ a: [{ secret: 'x' }], b: undefined }, { a: [{ secret: '[secret]' }] })).toBe(true);
  expect(isShownAs({ a: [1] }, { a: [1, 2] })).toBe(false);
  expect(isShownAs({ a: 1 }, { a: 2 })).toBe(false);
  expect(isShownAs({ a: 1, b: 2 }, { a: 1 })).toBe(false);
});
