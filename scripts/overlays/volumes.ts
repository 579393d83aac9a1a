import type { OverlayGroup } from '../generate/overlay.ts';
import { browse, CATALOG, schemaIn } from './options.ts';
import { tokenPages } from './paging.ts';
import { nameTaken, UNITY_FIELDS, unityErrors } from './unity.ts';

const raw = {
  catalog_name: 'main',
  schema_name: 'sales',
  name: 'raw',
  full_name: 'main.sales.raw',
  volume_type: 'MANAGED',
  owner: 'ana@example.com',
  volume_id: '0a1b2c3d-0000-4000-8000-000000000002',
};

export const volumes: OverlayGroup = {
  facts: 'volumes',
  group: 'Volumes',
  fields: {
    ...UNITY_FIELDS,
    catalog_name: { title: 'Catalog', description: 'The catalog that holds the volume.', options: CATALOG },
    schema_name: {
      title: 'Schema',
      description: 'The schema that holds the volume.',
      options: schemaIn('catalog_name'),
    },
    name: {
      title: 'Volume',
      description: 'Full name: catalog.schema.volume.',
      options: browse('volume'),
      examples: ['main.sales.raw'],
    },
    volume_type: {
      title: 'Type',
      description: 'MANAGED stores files in the location of the schema, EXTERNAL in a location that you specify.',
    },
    storage_location: {
      title: 'Storage location',
      description: 'Cloud path of an external volume.',
      when: { volume_type: ['EXTERNAL'] },
      examples: ['s3://my-bucket/raw'],
    },
  },
  actions: [
    {
      name: 'query_volumes',
      op: 'volumes.query',
      title: 'Query Volumes',
      description: 'Lists the volumes of a schema that you can see.',
      docs: 'volumes/list',
      effect: 'safe',
      grants: ['USE CATALOG and USE SCHEMA on the parents, and READ VOLUME on the volumes'],
      main: ['catalog_name', 'schema_name', 'max_items'],
      ...tokenPages('volumes', 'volumes', {
        sizeParam: 'max_results',
        size: 10_000,
        manualInputs: ['page_token', 'max_results'],
      }),
      errors: unityErrors('schema', 'its catalog'),
      examples: [
        {
          title: 'Volumes of a schema',
          input: { catalog_name: 'main', schema_name: 'sales' },
          output: { volumes: [raw], more: false },
        },
      ],
    },
    {
      name: 'create_volume',
      op: 'volumes.create',
      title: 'Create Volume',
      description: 'Creates a volume for files, managed or at an external location.',
      docs: 'volumes/create',
      effect: 'once',
      grants: [
        'USE CATALOG and USE SCHEMA on the parents, and CREATE VOLUME on the schema',
        'For an external volume: CREATE EXTERNAL VOLUME on the external location',
      ],
      main: ['catalog_name', 'schema_name', 'name', 'volume_type', 'storage_location', 'comment'],
      fields: {
        name: {
          title: 'Name',
          description: 'Unique in the schema. Up to 255 characters.',
          schema: { minLength: 1, maxLength: 255 },
        },
      },
      errors: [...nameTaken('volume'), ...unityErrors('schema', 'its catalog')!],
      examples: [
        {
          title: 'A managed volume',
          input: { catalog_name: 'main', schema_name: 'sales', name: 'raw', volume_type: 'MANAGED' },
          output: raw,
        },
      ],
    },
    {
      name: 'retrieve_volume',
      op: 'volumes.retrieve',
      title: 'Retrieve Volume',
      description: 'Gets a volume by its full name.',
      docs: 'volumes/read',
      effect: 'safe',
      grants: ['USE CATALOG and USE SCHEMA on the parents, and READ VOLUME on the volume'],
      main: ['name'],
      errors: unityErrors('volume', 'its schema'),
      examples: [{ title: 'By name', input: { name: 'main.sales.raw' }, output: raw }],
    },
    {
      name: 'update_volume',
      op: 'volumes.update',
      title: 'Update Volume',
      description: 'Updates the name, owner or comment of a volume.',
      docs: 'volumes/update',
      effect: 'idempotent',
      grants: ['Owner of the volume, or metastore admin'],
      main: ['name', 'comment', 'owner', 'new_name'],
      fields: { new_name: { title: 'New name', description: 'Renames the volume. Paths under /Volumes change too.' } },
      errors: [...nameTaken('volume'), ...unityErrors('volume', 'its schema')!],
      examples: [
        {
          title: 'Change the comment',
          input: { name: 'main.sales.raw', comment: 'Files as they came' },
          output: { ...raw, comment: 'Files as they came' },
        },
      ],
    },
    {
      name: 'delete_volume',
      op: 'volumes.delete',
      title: 'Delete Volume',
      description: 'Deletes a volume; the files of a managed volume are deleted too.',
      docs: 'volumes/delete',
      effect: 'idempotent',
      grants: ['Owner of the volume, of its schema or of its catalog'],
      main: ['name'],
      result: { name: '$input.name' },
      output: { name: { title: 'Volume', type: 'string' } },
      errors: unityErrors('volume', 'its schema'),
      examples: [{ title: 'By name', input: { name: 'main.sales.raw' }, output: { name: 'main.sales.raw' } }],
    },
  ],
};
