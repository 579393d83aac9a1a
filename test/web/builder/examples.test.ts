import { expect, test } from 'vitest';
import { EXAMPLES } from '../../../web/src/builder/examples.ts';
import { TEMPLATES } from '../../../web/src/builder/templates.ts';
import { accountsOf, withAccounts } from '../../../web/src/builder/transfer.ts';

test('the examples across services are offered, and each takes other accounts', () => {
  const ids = [...TEMPLATES, ...EXAMPLES].map(({ id }) => id);
  const across = EXAMPLES.filter(({ document }) => accountsOf(document).some((name) => name !== 'demo'));

  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toContain('slack-buttons');
  expect(across.map(({ id }) => id).sort()).toEqual([
    'push-to-job',
    'repair-after-approval',
    'result-to-bucket',
    'rows-to-postgres',
  ]);
  for (const { document } of across) {
    const chosen = new Map(accountsOf(document).map((name) => [name, `our ${name}`]));
    expect(accountsOf(withAccounts(document, chosen))).toEqual([...chosen.values()]);
  }
});

test('no secret of an example is taken over', () => {
  expect(EXAMPLES.find(({ id }) => id === 'slack-buttons')!.document.trigger).toEqual({ id: 'slack.interaction' });
});
