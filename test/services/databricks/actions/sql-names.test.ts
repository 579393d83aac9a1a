import { expect, test } from 'vitest';
import { quoteFullTable, quoteIdentifier, quoteTable } from '../../../../services/databricks/actions/sql-names.ts';

test.each([
  ['orders', '`orders`'],
  ['main.sales.orders', '`main`.`sales`.`orders`'],
  ['main . sales', '`main`.`sales`'],
  ['`we.ird`.t', '`we.ird`.`t`'],
  ['`a``b`.t', '`a``b`.`t`'],
  ['größe.t', '`größe`.`t`'],
  ['t; DROP TABLE x', undefined],
  ['a.b.c.d', undefined],
  ['', undefined],
  ['a.', undefined],
  ['.a', undefined],
  ['a..b', undefined],
  ['`a', undefined],
  ['a`b', undefined],
  ['``', undefined],
  ['`a\nb`', undefined],
])('%j becomes %j', (name, quoted) => {
  if (quoted === undefined) {
    expect(() => quoteTable(name, '/table')).toThrow(expect.objectContaining({ code: 'ERR_INPUT_INVALID' }));
  } else expect(quoteTable(name, '/table')).toBe(quoted);
});

test('an identifier cannot end its quotes', () => {
  expect(quoteIdentifier('a` OR 1=1 --')).toBe('`a`` OR 1=1 --`');
});

test.each([
  ['main.case-14.order-lines', '`main`.`case-14`.`order-lines`'],
  ['main.`case-14`.`order.lines`', '`main`.`case-14`.`order.lines`'],
])('a full name is quoted whatever is in it: %s', (name, quoted) => {
  expect(quoteFullTable(name, '/table')).toBe(quoted);
});

test.each(['orders', 'sales.orders', '`main.sales`.orders'])('a name without its catalog is refused: %s', (name) => {
  expect(() => quoteFullTable(name, '/table')).toThrow(
    expect.objectContaining({ errors: [expect.objectContaining({ pointer: '/table' })] }),
  );
});
