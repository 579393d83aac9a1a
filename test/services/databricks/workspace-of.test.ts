import { expect, test } from 'vitest';
import { workspaceOf } from '../../../services/databricks/address.ts';

test.each<[headers: Record<string, string | string[]>, account: Record<string, string>, id: string | undefined]>([
  [{ 'x-databricks-org-id': '12' }, {}, '12'],
  [{ 'x-databricks-workspace-id': '34' }, {}, '34'],
  [{ 'x-databricks-org-id': '12', 'x-databricks-workspace-id': '34' }, {}, '12'],
  [{ 'x-databricks-org-id': ['12', '13'] }, {}, undefined],
  [{}, {}, undefined],
  [{ 'x-databricks-org-id': '12' }, { account_id: 'a' }, undefined],
])('%j of %j is the workspace %j', (headers, account, id) => {
  expect(workspaceOf(headers, account)).toBe(id);
});
