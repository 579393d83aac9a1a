import type { Json, JsonObject } from '../../connector/manifest.ts';
import type { FieldTexts, OverlayGroup } from '../generate/overlay.ts';
import { GROUP, USER } from './options.ts';
import { scimPages } from './paging.ts';

const SCIM_FIELDS: FieldTexts = {
  displayName: { title: 'Display name', description: 'As people see it.' },
  userName: {
    title: 'User name',
    description: 'The e-mail address with which the user signs in.',
    examples: ['ana@example.com'],
    schema: { minLength: 1 },
  },
  active: { title: 'Active', description: 'A user who is not active cannot sign in.' },
  emails: {
    title: 'E-mail addresses',
    description: 'The service keeps the user name as the address and ignores others.',
  },
  entitlements: {
    title: 'Entitlements',
    description: 'Such as workspace-access, databricks-sql-access or allow-cluster-create.',
  },
  externalId: { title: 'External ID', description: 'ID in the identity provider; not used by Databricks yet.' },
  groups: { title: 'Groups', description: 'Groups that it belongs to.' },
  members: { title: 'Members', description: 'Users, groups and service principals by their IDs.' },
  roles: { title: 'Roles', description: 'AWS instance profiles it may use.' },
  meta: { title: 'Metadata', description: 'Whether the group is of the account or of the workspace.' },
  'ResourceMeta.resourceType': { title: 'Resource type', description: 'Group or WorkspaceGroup.' },
  name: { title: 'Name', description: 'Given and family name.' },
  'Name.givenName': { title: 'Given name', description: 'First name.' },
  'Name.familyName': { title: 'Family name', description: 'Last name.' },
  schemas: { title: 'SCIM schemas', description: 'Identifiers of the SCIM schema; leave as it is.' },
  'ComplexValue.value': { title: 'Value', description: 'The ID, address or name itself.' },
  'ComplexValue.display': { title: 'Display', description: 'The value in a readable form.' },
  'ComplexValue.type': { title: 'Type', description: 'What kind of value it is, such as work.' },
  'ComplexValue.primary': { title: 'Primary', description: 'Whether it is the main one.' },
  'ComplexValue.$ref': { title: 'Reference', description: 'Address of the resource that the value names.' },
  attributes: { title: 'Attributes', description: 'Only these, separated by commas.', examples: ['id,userName'] },
  excludedAttributes: { title: 'Excluded attributes', description: 'Not these, separated by commas.' },
  filter: {
    title: 'Filter',
    description: 'With eq, co, sw, ne, joined by and, or.',
    examples: ['userName co "@example.com"'],
  },
  sortBy: { title: 'Sort by', description: 'Attribute to sort by.', examples: ['userName'] },
  sortOrder: { title: 'Sort order', description: 'Ascending when left out.' },
  startIndex: { title: 'Start index', description: 'Reads one page from here, and no further; the first is 1.' },
  count: {
    title: 'Page size',
    description: 'Reads one page of at most this many, and no further.',
    schema: { minimum: 0 },
  },
  id: { title: 'ID', description: 'SCIM ID.' },
};

const PATCH_FIELDS: FieldTexts = {
  Operations: {
    title: 'Operations',
    description: 'SCIM operations instead of the other fields, for instance to add a single value to a list.',
    schema: { minItems: 1 },
  },
  'Patch.op': { title: 'Operation', description: 'What to do.' },
  'Patch.path': { title: 'Path', description: 'The attribute, such as members[value eq "2002"].' },
  'Patch.value': { title: 'Value', description: 'Any JSON.', schema: { type: null } },
  schemas: {
    title: 'SCIM schemas',
    description: 'Identifier of the PATCH message; leave as it is.',
    schema: { default: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'] },
  },
};

/** A PATCH that replaces the attributes that were given, in one operation without a path (RFC 7644, section 3.5.2.3). */
function patchBody(attributes: string[]): Json {
  const value = Object.fromEntries(attributes.map((name) => [name, `$input.${name}`]));
  return { schemas: '$input.schemas', Operations: { $first: ['$input.Operations', [{ op: 'replace', value }]] } };
}

/** Either operations or at least one attribute. */
function patchRules(attributes: string[]): JsonObject {
  return {
    description: 'Give either operations, or at least one field to change.',
    oneOf: [{ required: ['Operations'] }, { anyOf: attributes.map((name) => ({ required: [name] })) }],
  };
}

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
const GROUP_ATTRIBUTES = ['displayName', 'members', 'entitlements', 'groups', 'roles', 'externalId', 'meta'];
const USER_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUP_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:Group';

const ana = {
  id: '2002',
  userName: 'ana@example.com',
  displayName: 'Ana',
  active: true,
  emails: [{ value: 'ana@example.com', type: 'work', primary: true }],
};
const analysts = { id: '3003', displayName: 'analysts', members: [{ value: '2002', display: 'Ana' }] };
const ADMIN = ['Workspace admin'];
const TAKEN = (what: string) => [
  {
    when: { status: [409] },
    kind: 'conflict' as const,
    hint: `There is such a ${what} already; List ${what === 'user' ? 'Users' : 'Groups'} finds it.`,
  },
];
const UNKNOWN = (what: string) => [
  {
    when: { status: [404] },
    kind: 'not_found' as const,
    hint: `Check the ${what} ID; it is a number as text, not a name.`,
  },
];

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
      description: 'Adds a user to the workspace, and to the account when it is not there.',
      docs: 'users/create',
      effect: 'once',
      grants: ADMIN,
      main: ['userName', 'displayName', 'active', 'name', 'entitlements'],
      required: ['userName'],
      fields: {
        schemas: {
          schema: { default: [USER_SCHEMA] },
          title: 'SCIM schemas',
          description: 'Identifiers of the SCIM schema; leave as it is.',
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
      description: 'Reads one user by ID.',
      docs: 'users/get',
      effect: 'safe',
      main: ['id', 'attributes'],
      fields: {
        id: { title: 'User', description: 'SCIM ID of the user.', options: USER },
        startIndex: { title: 'Start index', description: 'Takes effect on lists only.' },
        count: { title: 'Count', description: 'Takes effect on lists only.' },
      },
      errors: UNKNOWN('user'),
      examples: [{ title: 'By ID', input: { id: '2002' }, output: ana }],
    },
    {
      name: 'update_user',
      op: 'users.patch',
      also: 'users.update',
      title: 'Update User',
      description: 'Changes the named attributes of a user and leaves the others; the user name cannot change.',
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
      description: 'Removes a user from the workspace, with everything the user owns alone.',
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

export const groups: OverlayGroup = {
  facts: 'groups',
  group: 'Groups',
  fields: SCIM_FIELDS,
  actions: [
    {
      name: 'list_groups',
      op: 'groups.list',
      title: 'List Groups',
      description: 'Lists the groups of the workspace, filtered and sorted.',
      docs: 'groups/list',
      effect: 'safe',
      main: ['filter', 'attributes', 'max_items'],
      fields: {
        filter: {
          title: 'Filter',
          description: 'With eq, co, sw, ne, joined by and, or.',
          examples: ['displayName sw "data"'],
        },
        sortBy: { title: 'Sort by', description: 'Attribute to sort by.', examples: ['displayName'] },
      },
      ...scimPages('groups'),
      examples: [
        {
          title: 'By name',
          input: { filter: 'displayName eq "analysts"' },
          output: { Resources: [analysts], totalResults: 1, startIndex: 1, itemsPerPage: 1, more: false },
        },
      ],
    },
    {
      name: 'create_group',
      op: 'groups.create',
      title: 'Create Group',
      description: 'Creates a group in the workspace, with members if you like.',
      docs: 'groups/create',
      effect: 'once',
      grants: ADMIN,
      main: ['displayName', 'members', 'entitlements'],
      required: ['displayName'],
      fields: {
        displayName: { title: 'Name', description: 'Unique in the workspace.', schema: { minLength: 1 } },
        schemas: {
          schema: { default: [GROUP_SCHEMA] },
          title: 'SCIM schemas',
          description: 'Identifiers of the SCIM schema; leave as it is.',
        },
      },
      errors: TAKEN('group'),
      examples: [
        {
          title: 'With one member',
          input: { displayName: 'reviewers', members: [{ value: '2002' }] },
          output: { id: '3004', displayName: 'reviewers', members: [{ value: '2002', display: 'Ana' }] },
        },
      ],
    },
    {
      name: 'update_group',
      op: 'groups.patch',
      also: 'groups.update',
      title: 'Update Group',
      description:
        'Changes the named attributes of a group and leaves the others; a list that is given replaces the old one.',
      docs: 'groups/patch',
      effect: 'idempotent',
      grants: ADMIN,
      main: ['id', 'displayName', 'members', 'entitlements'],
      fields: { ...PATCH_FIELDS, id: { title: 'Group', description: 'SCIM ID of the group.', options: GROUP } },
      rules: patchRules(GROUP_ATTRIBUTES),
      body: patchBody(GROUP_ATTRIBUTES),
      result: { id: '$input.id' },
      ownOutput: true,
      output: { id: { title: 'Group ID', type: 'string' } },
      errors: UNKNOWN('group'),
      examples: [
        { title: 'Rename', input: { id: '3003', displayName: 'data-analysts' }, output: { id: '3003' } },
        {
          title: 'Add one member',
          input: { id: '3003', Operations: [{ op: 'add', path: 'members', value: [{ value: '2002' }] }] },
          output: { id: '3003' },
        },
      ],
    },
    {
      name: 'delete_group',
      op: 'groups.delete',
      title: 'Delete Group',
      description: 'Deletes a group; its members stay.',
      docs: 'groups/delete',
      effect: 'idempotent',
      grants: ADMIN,
      main: ['id'],
      fields: { id: { title: 'Group', description: 'SCIM ID of the group.', options: GROUP } },
      result: { id: '$input.id' },
      output: { id: { title: 'Group ID', type: 'string' } },
      errors: UNKNOWN('group'),
      examples: [{ title: 'By ID', input: { id: '3004' }, output: { id: '3004' } }],
    },
  ],
};
