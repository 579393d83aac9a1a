import { expect, test } from 'vitest';
import { type AuditFilter, audit, engineActor, listAudit } from '../../../engine/access/audit.ts';
import type { Context } from '../../../engine/context.ts';
import { testClock, testContext } from '../../context.ts';

const FLOOD = 10_500;

function note(ctx: Context, action: string, id: string): Promise<void> {
  return audit(ctx, engineActor('default'), { action, target: { kind: action.split('.')[0]!, id } });
}

async function all(ctx: Context, limit: number): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await listAudit(ctx, 'default', { limit, after: cursor });
    ids.push(...page.items.map(({ target }) => target.id));
    cursor = page.next;
  } while (cursor !== undefined);
  return ids;
}

test.each(['run.create', 'linked_account.update', 'workflow.update', 'cursor.set'])(
  '10,500 entries of %s do not push out who made a key',
  async (harmless) => {
    const ctx = await testContext();
    await note(ctx, 'api_key.create', 'the key');
    for (let i = 0; i < FLOOD; i += 500)
      await Promise.all(Array.from({ length: 500 }, (_, n) => note(ctx, harmless, String(i + n))));

    expect(await all(ctx, 200)).toContain('the key');
  },
);

test('filters by action, kind, actor, target and time, page by page over both kinds', async () => {
  const clock = testClock();
  const ctx = await testContext({ context: { clock } });
  const start = clock.now();
  await note(ctx, 'api_key.create', 'k');
  for (const id of ['a', 'b', 'c']) {
    clock.advance(1000);
    await note(ctx, 'workflow.update', id);
    await note(ctx, 'workflow.publish', id);
  }
  const other = { tenant: 'default', keyId: 'key_1', name: 'Ada' };
  await audit(ctx, other, { action: 'workflow.update', target: { kind: 'workflow', id: 'a', name: 'flow a' } });
  const found = async (filter: AuditFilter, limit = 50) => {
    const ids: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await listAudit(ctx, 'default', { ...filter, limit, after: cursor });
      ids.push(...page.items.map(({ action, target }) => `${action} ${target.id}`));
      cursor = page.next;
    } while (cursor !== undefined);
    return ids;
  };

  const updates = ['workflow.update a', 'workflow.update c', 'workflow.update b', 'workflow.update a'];
  expect(await found({ action: 'workflow.update' })).toEqual(updates);
  expect(await found({ action: 'workflow.update' }, 1)).toEqual(updates);
  expect(await found({ action: 'workflow' })).toHaveLength(7);
  expect(await found({ action: 'work' })).toEqual([]);
  expect(await found({ actor: 'Ada' })).toEqual(['workflow.update a']);
  expect(await found({ actor: 'key_1', target: 'flow a' })).toEqual(['workflow.update a']);
  expect(await found({ target: 'k' })).toEqual(['api_key.create k']);
  expect(await found({ action: 'workflow.update', from: start + 2000, to: start + 2999 })).toEqual([
    'workflow.update b',
  ]);
  expect(await found({ to: start })).toEqual(['api_key.create k']);
});

test('lists both kinds of entries as one, newest first, over pages of any size', async () => {
  const ctx = await testContext();
  const position = (n: number) => `${1_800_000_000_000 + n}-0`;
  const add = (key: string, at: string, id: string) =>
    ctx.redis.xadd(key, at, 'entry', JSON.stringify({ action: 'x.y', target: { kind: 'x', id } }));
  // The third and the fourth are of the same position.
  await add(ctx.keys.audit('default'), position(1), 'one');
  await add(ctx.keys.accessAudit('default'), position(2), 'two');
  await add(ctx.keys.audit('default'), position(3), 'three');
  await add(ctx.keys.accessAudit('default'), position(3), 'four');
  await add(ctx.keys.audit('default'), position(4), 'five');

  for (const limit of [1, 2, 3, 4, 5, 200])
    expect(await all(ctx, limit)).toEqual(['five', 'four', 'three', 'two', 'one']);
});
