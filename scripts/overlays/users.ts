import type { OverlayGroup } from '../generate/overlay.ts';
import { USER } from './options.ts';
import { scimPages } from './paging.ts';
import { ADMIN, PATCH_FIELDS, patchBody, patchRules, SCIM_FIELDS, TAKEN, UNKNOWN } from './scim.ts';

const USER_ATTRIBUTES = [
  'displayName',
  'active',
  'name',
  'userName',
  'emails',
  'entitlements',
  'groups',
  'roles',
  'externalId',
];
const USER_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:User';

const ana = {
  id: '2002',
  userName: 'ana@example.com',
  displayName: 'Ana',
  active: true,
  emails: [{ value: 'ana@example.com', type: 'work', primary: true }],
};

export const users: OverlayGroup = {
  facts: 'users',
  group: 'Users',
  fields: SCIM_FIELDS,
  actions: [
    {
      name: 'list_users',
      op: 'users.list',
      title: 'List Users',
      description: 'Lists the users of the workspace, filtered and sorted.',
      docs: 'users/list',
      effect: 'safe',
      main: ['filter', 'attributes', 'max_items'],
      ...scimPages('users'),
      examples: [
        {
          title: 'By address',
          input: { filter: 'userName eq "ana@example.com"' },
          output: { Resources: [ana], totalResults: 1, startIndex: 1, itemsPerPage: 1, more: false },
        },
      ],
    },
    {
      name: 'create_user',
      op: 'users.create',
      title: 'Create User',
      description: 'Adds a user to the workspace, and to the account if necessary.',
      docs: 'users/create',
      effect: 'once',
      grants: ADMIN,
      main: ['userName', 'displayName', 'active', 'name', 'entitlements'],
      required: ['userName'],
      fields: {
        schemas: {
          schema: { default: [USER_SCHEMA] },
          title: 'SCIM schemas',
          description: 'Identifiers of the SCIM schema. Do not change it.',
        },
      },
      errors: TAKEN('user'),
      examples: [
        {
          title: 'With SQL access',
          input: {
            userName: 'ben@example.com',
            displayName: 'Ben',
            entitlements: [{ value: 'databricks-sql-access' }],
          },
          output: { id: '2003', userName: 'ben@example.com', displayName: 'Ben', active: true },
        },
      ],
    },
    {
      name: 'get_user',
      op: 'users.get',
      title: 'Get User',
      description: 'Gets a user by ID.',
      docs: 'users/get',
      effect: 'safe',
      main: ['id', 'attributes'],
      fields: {
        id: { title: 'User', description: 'SCIM ID of the user.', options: USER },
        startIndex: { title: 'Start index', description: 'Only affects lists.' },
        count: { title: 'Count', description: 'Only affects lists.' },
      },
      errors: UNKNOWN('user'),
      examples: [{ title: 'By ID', input: { id: '2002' }, output: ana }],
    },
    {
      name: 'update_user',
      op: 'users.patch',
      also: 'users.update',
      title: 'Update User',
      description:
        'Updates the given attributes of a user; other attributes do not change; the user name cannot be changed.',
      docs: 'users/patch',
      effect: 'idempotent',
      grants: ADMIN,
      main: ['id', 'active', 'displayName', 'name', 'entitlements'],
      fields: { ...PATCH_FIELDS, id: { title: 'User', description: 'SCIM ID of the user.', options: USER } },
      rules: patchRules(USER_ATTRIBUTES),
      body: patchBody(USER_ATTRIBUTES),
      result: { id: '$input.id' },
      ownOutput: true,
      output: { id: { title: 'User ID', type: 'string' } },
      errors: UNKNOWN('user'),
      examples: [
        { title: 'Deactivate', input: { id: '2002', active: false }, output: { id: '2002' } },
        {
          title: 'Add one entitlement',
          input: {
            id: '2002',
            Operations: [{ op: 'add', path: 'entitlements', value: [{ value: 'databricks-sql-access' }] }],
          },
          output: { id: '2002' },
        },
      ],
    },
    {
      name: 'delete_user',
      op: 'users.delete',
      title: 'Delete User',
      description: 'Removes a user from the workspace, with everything that only this user owns.',
      docs: 'users/delete',
      effect: 'idempotent',
      grants: ADMIN,
      main: ['id'],
      fields: { id: { title: 'User', description: 'SCIM ID of the user.', options: USER } },
      result: { id: '$input.id' },
      output: { id: { title: 'User ID', type: 'string' } },
      errors: UNKNOWN('user'),
      examples: [{ title: 'By ID', input: { id: '2003' }, output: { id: '2003' } }],
    },
  ],
};
