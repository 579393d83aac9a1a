import type { Json, JsonObject } from '../../connector/manifest.ts';
import type { FieldTexts } from '../generate/overlay.ts';

/** Words that users and groups share. */
export const SCIM_FIELDS: FieldTexts = {
  displayName: { title: 'Display name', description: 'Name shown to people.' },
  userName: {
    title: 'User name',
    description: 'The e-mail address with which the user signs in.',
    examples: ['ana@example.com'],
    schema: { minLength: 1 },
  },
  active: { title: 'Active', description: 'A user who is not active cannot sign in.' },
  emails: {
    title: 'E-mail addresses',
    description: 'The service uses the user name as the address and ignores other addresses.',
  },
  entitlements: {
    title: 'Entitlements',
    description: 'Such as workspace-access, databricks-sql-access or allow-cluster-create.',
  },
  externalId: { title: 'External ID', description: 'ID in the identity provider; not used by Databricks yet.' },
  groups: { title: 'Groups', description: 'Groups that it belongs to.' },
  members: { title: 'Members', description: 'Users, groups and service principals by their IDs.' },
  roles: { title: 'Roles', description: 'AWS instance profiles that it can use.' },
  meta: { title: 'Metadata', description: 'Whether the group is of the account or of the workspace.' },
  'ResourceMeta.resourceType': { title: 'Resource type', description: 'Group or WorkspaceGroup.' },
  name: { title: 'Name', description: 'Given and family name.' },
  'Name.givenName': { title: 'Given name', description: 'First name.' },
  'Name.familyName': { title: 'Family name', description: 'Last name.' },
  schemas: { title: 'SCIM schemas', description: 'Identifiers of the SCIM schema. Do not change it.' },
  'ComplexValue.value': { title: 'Value', description: 'The ID, address or name itself.' },
  'ComplexValue.display': { title: 'Display', description: 'The value in a readable form.' },
  'ComplexValue.type': { title: 'Type', description: 'What kind of value it is, such as work.' },
  'ComplexValue.primary': { title: 'Primary', description: 'Whether it is the primary value.' },
  'ComplexValue.$ref': { title: 'Reference', description: 'Address of the resource that the value names.' },
  attributes: { title: 'Attributes', description: 'Only these, separated by commas.', examples: ['id,userName'] },
  excludedAttributes: { title: 'Excluded attributes', description: 'Not these, separated by commas.' },
  filter: {
    title: 'Filter',
    description: 'Uses eq, co, sw, ne, joined by and, or.',
    examples: ['userName co "@example.com"'],
  },
  sortBy: { title: 'Sort by', description: 'Attribute to sort by.', examples: ['userName'] },
  sortOrder: { title: 'Sort order', description: 'Default: ascending.' },
  startIndex: { title: 'Start index', description: 'Reads a single page starting here. The first index is 1.' },
  count: {
    title: 'Page size',
    description: 'Reads a single page of at most this size.',
    schema: { minimum: 0 },
  },
  id: { title: 'ID', description: 'SCIM ID.' },
};

/** Words for a SCIM PATCH. */
export const PATCH_FIELDS: FieldTexts = {
  Operations: {
    title: 'Operations',
    description: 'SCIM operations instead of the other fields, for example to add a single value to a list.',
    schema: { minItems: 1 },
  },
  'Patch.op': { title: 'Operation', description: 'What to do.' },
  'Patch.path': { title: 'Path', description: 'The attribute, such as members[value eq "2002"].' },
  'Patch.value': { title: 'Value', description: 'Any JSON.', schema: { type: null } },
  schemas: {
    title: 'SCIM schemas',
    description: 'Identifier of the PATCH message. Do not change it.',
    schema: { default: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'] },
  },
};

/** A PATCH that replaces the attributes that were given, in one operation without a path (RFC 7644, section 3.5.2.3). */
export function patchBody(attributes: string[]): Json {
  const value = Object.fromEntries(attributes.map((name) => [name, `$input.${name}`]));
  return { schemas: '$input.schemas', Operations: { $first: ['$input.Operations', [{ op: 'replace', value }]] } };
}

/** Either operations or at least one attribute. */
export function patchRules(attributes: string[]): JsonObject {
  return {
    description: 'Specify operations, or at least one field to change.',
    oneOf: [{ required: ['Operations'] }, { anyOf: attributes.map((name) => ({ required: [name] })) }],
  };
}

/** Who may change users and groups. */
export const ADMIN = ['Workspace admin'];
/** A name that is taken. */
export const TAKEN = (what: string) => [
  {
    when: { status: [409] },
    kind: 'conflict' as const,
    hint: `This ${what} already exists. Find it with List ${what === 'user' ? 'Users' : 'Groups'}.`,
  },
];
/** An id that is not there. */
export const UNKNOWN = (what: string) => [
  {
    when: { status: [404] },
    kind: 'not_found' as const,
    hint: `Check the ${what} ID. It is a number as text, not a name.`,
  },
];
