import type { OverlayGroup } from '../generate/overlay.ts';
import { GROUP } from './options.ts';
import { scimPages } from './paging.ts';
import { ADMIN, PATCH_FIELDS, patchBody, patchRules, SCIM_FIELDS, TAKEN, UNKNOWN } from './scim.ts';

const GROUP_ATTRIBUTES = ['displayName', 'members', 'entitlements', 'groups', 'roles', 'externalId', 'meta'];
const GROUP_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:Group';

const analysts = { id: '3003', displayName: 'analysts', members: [{ value: '2002', display: 'Ana' }] };

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
          description: 'Uses eq, co, sw, ne, joined by and, or.',
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
      description: 'Creates a group in the workspace, optionally with members.',
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
          description: 'Identifiers of the SCIM schema. Do not change it.',
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
        'Updates the given attributes of a group; other attributes do not change; a given list replaces the existing one.',
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
      description: 'Deletes a group; its members are kept.',
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
