import type { ActionManifest } from '../../connector/manifest.ts';
import type { FieldTexts } from '../generate/overlay.ts';
import { USER_NAME } from './options.ts';

/** Words that fields of Unity Catalog share. */
export const UNITY_FIELDS: FieldTexts = {
  comment: { title: 'Comment', description: 'A note that people see in Catalog Explorer.', widget: 'textarea' },
  properties: { title: 'Properties', description: 'Names and values of your own; they replace what was there.' },
  owner: { title: 'Owner', description: 'The user, group or service principal that owns it.', options: USER_NAME },
  new_name: { title: 'New name', description: 'Renames it; what refers to the old name breaks.' },
  storage_root: {
    title: 'Storage location',
    description: 'Cloud path for managed tables and volumes; the metastore decides when it is left out.',
    examples: ['s3://my-bucket/unity'],
  },
  custom_max_retention_hours: {
    title: 'Longest retention (hours)',
    description: 'How long dropped objects and old versions may be kept at most.',
    schema: { minimum: 0 },
  },
  enable_predictive_optimization: {
    title: 'Predictive optimization',
    description: 'Whether Databricks maintains the managed tables by itself.',
  },
  include_browse: { title: 'Include browse-only', description: 'Also what you may only see the metadata of.' },
  max_results: {
    title: 'Page size',
    description: 'Reads one page of at most this many, and no further; 0 lets the service choose.',
  },
  page_token: { title: 'Page token', description: 'Reads one page from here, and no further.' },
  force: { title: 'Force', description: 'Deletes it although it is not empty.' },
};

/** Failures that every object of Unity Catalog has in common. */
export function unityErrors(kind: string, parents: string): ActionManifest['errors'] {
  return [
    {
      when: { code: [`${kind.toUpperCase()}_DOES_NOT_EXIST`, 'RESOURCE_DOES_NOT_EXIST', 'NOT_FOUND'] },
      kind: 'not_found',
      hint: `Check the name${parents === '' ? '' : ` and ${parents}`}; without the grants a ${kind} looks as if it were not there.`,
    },
  ];
}

/** A name that is taken. */
export function nameTaken(kind: string): NonNullable<ActionManifest['errors']> {
  return [
    {
      when: { code: [`${kind.toUpperCase()}_ALREADY_EXISTS`, 'RESOURCE_ALREADY_EXISTS', 'ALREADY_EXISTS'] },
      kind: 'conflict',
      hint: `Choose a name that no other ${kind} there has.`,
    },
  ];
}
