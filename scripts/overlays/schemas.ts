import type { OverlayGroup } from '../generate/overlay.ts';
import { browse, CATALOG } from './options.ts';
import { tokenPages } from './paging.ts';
import { nameTaken, UNITY_FIELDS, unityErrors } from './unity.ts';

const orders = {
  catalog_name: 'main',
  name: 'orders',
  full_name: 'main.orders',
  comment: 'Raw orders',
  owner: 'ana@example.com',
};

export const schemas: OverlayGroup = {
  facts: 'schemas',
  group: 'Schemas',
  fields: {
    ...UNITY_FIELDS,
    catalog_name: { title: 'Catalog', description: 'The catalog that holds the schemas.', options: CATALOG },
    full_name: {
      title: 'Schema',
      description: 'Full name: catalog.schema.',
      options: browse('schema'),
      examples: ['main.orders'],
    },
  },
  actions: [
    {
      name: 'query_schemas',
      op: 'schemas.query',
      title: 'Query Schemas',
      description: 'Lists the schemas of a catalog that you can see.',
      docs: 'schemas/list',
      effect: 'safe',
      grants: ['USE CATALOG or BROWSE on the catalog'],
      main: ['catalog_name', 'max_items'],
      ...tokenPages('schemas', 'schemas', {
        sizeParam: 'max_results',
        size: 1000,
        manualInputs: ['page_token', 'max_results'],
      }),
      errors: unityErrors('catalog', ''),
      examples: [
        { title: 'Schemas of a catalog', input: { catalog_name: 'main' }, output: { schemas: [orders], more: false } },
      ],
    },
    {
      name: 'create_schema',
      op: 'schemas.create',
      title: 'Create Schema',
      description: 'Creates a schema in a catalog.',
      docs: 'schemas/create',
      effect: 'once',
      grants: ['USE CATALOG and CREATE SCHEMA on the catalog'],
      main: ['catalog_name', 'name', 'comment'],
      fields: {
        name: {
          title: 'Name',
          description: 'Unique in the catalog. Up to 255 characters.',
          schema: { minLength: 1, maxLength: 255 },
        },
      },
      errors: [...nameTaken('schema'), ...unityErrors('catalog', '')!],
      examples: [
        {
          title: 'In the catalog main',
          input: { catalog_name: 'main', name: 'orders', comment: 'Raw orders' },
          output: orders,
        },
      ],
    },
    {
      name: 'retrieve_schema',
      op: 'schemas.retrieve',
      title: 'Retrieve Schema',
      description: 'Gets a schema by its full name.',
      docs: 'schemas/get',
      effect: 'safe',
      grants: ['USE CATALOG on the catalog and USE SCHEMA on the schema, or BROWSE on the catalog'],
      main: ['full_name'],
      errors: unityErrors('schema', 'its catalog'),
      examples: [{ title: 'By name', input: { full_name: 'main.orders' }, output: orders }],
    },
    {
      name: 'update_schema',
      op: 'schemas.update',
      title: 'Update Schema',
      description: 'Updates the given settings of a schema; other settings do not change.',
      docs: 'schemas/update',
      effect: 'idempotent',
      grants: ['Owner of the schema, or metastore admin'],
      main: ['full_name', 'comment', 'owner', 'new_name', 'enable_predictive_optimization'],
      errors: [...nameTaken('schema'), ...unityErrors('schema', 'its catalog')!],
      examples: [
        {
          title: 'Change the comment',
          input: { full_name: 'main.orders', comment: 'All orders' },
          output: { ...orders, comment: 'All orders' },
        },
      ],
    },
    {
      name: 'delete_schema',
      op: 'schemas.delete',
      title: 'Delete Schema',
      description: 'Deletes a schema; deleting a schema that is not empty requires force.',
      docs: 'schemas/delete',
      effect: 'idempotent',
      grants: ['Owner of the schema or of its catalog'],
      main: ['full_name', 'force'],
      result: { full_name: '$input.full_name' },
      output: { full_name: { title: 'Schema', type: 'string' } },
      errors: [
        {
          when: { message: 'not empty|force' },
          kind: 'conflict',
          hint: 'Delete its tables and volumes first, or turn on force.',
        },
        ...unityErrors('schema', 'its catalog')!,
      ],
      examples: [
        { title: 'An empty schema', input: { full_name: 'main.orders' }, output: { full_name: 'main.orders' } },
      ],
    },
  ],
};
