// @vitest-environment node

import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { EXAMPLES } from '../../../web/src/builder/examples.ts';
import { TEMPLATES } from '../../../web/src/builder/templates.ts';
import { accountsOf, withAccounts } from '../../../web/src/builder/transfer.ts';

test('every example is offered, with a line of what it does', async () => {
  const files = await readdir(new URL('../../../examples/', import.meta.url));
  const names = files.filter((file) => file.endsWith('.json')).map((file) => file.replace('.json', ''));

  // Its connector is written in a guide.
  expect(EXAMPLES.map(({ id }) => id).sort()).toEqual(names.filter((name) => name !== 'new-tickets').sort());
  for (const { description } of EXAMPLES) expect(description).toMatch(/^[A-Z].*\.$/);
});

test('the examples across services each take other accounts', () => {
  const ids = [...TEMPLATES, ...EXAMPLES].map(({ id }) => id);
  const across = EXAMPLES.filter(({ document }) => accountsOf(document).some((name) => name !== 'demo'));

  expect(new Set(ids).size).toBe(ids.length);
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

test('an account for which none is chosen is left out, and one that was not asked about stays', () => {
  const { document } = EXAMPLES.find(({ id }) => id === 'rows-to-postgres')!;
  const [first, ...others] = accountsOf(document);

  expect(accountsOf(withAccounts(document, new Map([[first!, '']])))).toEqual(others);
});

test('no secret of an example is taken over', () => {
  const slack = EXAMPLES.find(({ id }) => id === 'slack-buttons')!.document;

  expect(slack.trigger).toEqual({ id: 'slack.interaction', input: {} });
  expect(JSON.stringify(EXAMPLES)).not.toMatch(/"(?:signing_)?secret":|whsec_/);
});
