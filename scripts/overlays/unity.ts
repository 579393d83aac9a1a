import type { ActionManifest } from '../../connector/manifest.ts';
import type { FieldTexts } from '../generate/overlay.ts';
import { USER_NAME } from './options.ts';

/** Words that fields of Unity Catalog share. */
export const UNITY_FIELDS: FieldTexts = {
  comment: { title: 'Comment', description: 'A note that people see in Catalog Explorer.', widget: 'textarea' },
  properties: { title: 'Properties', description: 'Custom names and values. They replace the existing properties.' },
  owner: { title: 'Owner', description: 'The user, group or service principal that owns it.', options: USER_NAME },
  new_name: { title: 'New name', description: 'Renames the object. References to the old name stop working.' },
  storage_root: {
    title: 'Storage location',
    description: 'Cloud path for managed tables and volumes. Default: chosen by the metastore.',
    examples: ['s3://my-bucket/unity'],
  },
  custom_max_retention_hours: {
    title: 'Max retention (hours)',
    description: 'Maximum time for which dropped objects and old versions are kept.',
    schema: { minimum: 0 },
  },
  enable_predictive_optimization: {
    title: 'Predictive optimization',
    description: 'Whether Databricks maintains the managed tables automatically.',
  },
  include_browse: {
    title: 'Include browse-only',
    description: 'Include objects of which you can only see the metadata.',
  },
  max_results: {
    title: 'Page size',
    description: 'Reads a single page of at most this size. With 0, the service chooses the size.',
  },
  page_token: { title: 'Page token', description: 'Reads a single page starting here.' },
  force: { title: 'Force', description: 'Deletes the object even if it is not empty.' },
};

/** Failures that every object of Unity Catalog has in common. */
export function unityErrors(kind: string, parents: string): ActionManifest['errors'] {
  return [
    {
      when: { code: [`${kind.toUpperCase()}_DOES_NOT_EXIST`, 'RESOURCE_DOES_NOT_EXIST', 'NOT_FOUND'] },
      kind: 'not_found',
      hint: `Check the name${parents === '' ? '' : ` and ${parents}`}. Without the grants, a ${kind} appears not to exist.`,
    },
  ];
}

/** A name that is taken. */
export function nameTaken(kind: string): NonNullable<ActionManifest['errors']> {
  return [
    {
      when: { code: [`${kind.toUpperCase()}_ALREADY_EXISTS`, 'RESOURCE_ALREADY_EXISTS', 'ALREADY_EXISTS'] },
      kind: 'conflict',
      hint: `Choose a name that no other ${kind} uses.`,
    },
  ];
}
