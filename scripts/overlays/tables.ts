import type { OverlayGroup } from '../generate/overlay.ts';
import { browse, CATALOG, schemaIn } from './options.ts';
import { tokenPages } from './paging.ts';
import { UNITY_FIELDS, unityErrors } from './unity.ts';

const airports = {
  catalog_name: 'samples',
  schema_name: 'flights',
  name: 'airports',
  full_name: 'samples.flights.airports',
  table_type: 'MANAGED',
  data_source_format: 'DELTA',
};
const columns = [{ name: 'iata', type_name: 'STRING', type_text: 'string', position: 0, nullable: true }];

export const tables: OverlayGroup = {
  facts: 'tables',
  group: 'Tables',
  fields: {
    ...UNITY_FIELDS,
    catalog_name: { title: 'Catalog', description: 'The catalog that holds the tables.', options: CATALOG },
    schema_name: {
      title: 'Schema',
      description: 'The schema that holds the tables.',
      options: schemaIn('catalog_name'),
    },
    full_name: {
      title: 'Table',
      description: 'Full name: catalog.schema.table.',
      options: browse('table'),
      examples: ['samples.flights.airports'],
    },
    include_manifest_capabilities: {
      title: 'Include capabilities',
      description: 'Include the readers and writers that the table supports.',
    },
    include_delta_metadata: { title: 'Include Delta metadata', description: 'Include the metadata of the Delta log.' },
    omit_columns: { title: 'Omit columns', description: 'Omits the columns for a smaller response.' },
    omit_properties: { title: 'Omit properties', description: 'Omits the properties for a smaller response.' },
    omit_username: { title: 'Omit user names', description: 'Omits owner, creator and last editor.' },
    schema_name_pattern: {
      title: 'Schema pattern',
      description: 'Only schemas that match this pattern: % matches any text, _ any character.',
      examples: ['sales_%'],
    },
    table_name_pattern: {
      title: 'Table pattern',
      description: 'Only tables that match this pattern: % matches any text, _ any character.',
      examples: ['order%'],
    },
  },
  actions: [
    {
      name: 'query_tables',
      op: 'tables.query',
      title: 'Query Tables',
      description: 'Lists the tables and views of a schema, with their columns.',
      docs: 'tables/list',
      effect: 'safe',
      grants: ['USE CATALOG and USE SCHEMA on the parents, and SELECT on the tables'],
      main: ['catalog_name', 'schema_name', 'max_items', 'omit_columns'],
      ...tokenPages('tables', 'tables', {
        sizeParam: 'max_results',
        size: 1000,
        manualInputs: ['page_token', 'max_results'],
      }),
      errors: unityErrors('schema', 'its catalog'),
      examples: [
        {
          title: 'Names only',
          input: { catalog_name: 'samples', schema_name: 'flights', omit_columns: true },
          output: { tables: [airports], more: false },
        },
      ],
    },
    {
      name: 'retrieve_table',
      op: 'tables.retrieve',
      title: 'Retrieve Table',
      description: 'Gets a table or view with its columns and constraints.',
      docs: 'tables/get',
      effect: 'safe',
      grants: ['USE CATALOG and USE SCHEMA on the parents, and SELECT on the table; or BROWSE on a parent'],
      main: ['full_name'],
      errors: unityErrors('table', 'its schema'),
      examples: [
        { title: 'By name', input: { full_name: 'samples.flights.airports' }, output: { ...airports, columns } },
      ],
    },
    {
      name: 'check_table_exists',
      op: 'tables.checkTableExists',
      title: 'Check Table Exists',
      description: 'Checks whether a table or view exists in the metastore and is visible to you.',
      docs: 'tables/exists',
      effect: 'safe',
      grants: ['USE CATALOG and USE SCHEMA on the parents, and SELECT on the table; or BROWSE on a parent'],
      main: ['full_name'],
      result: { exists: '$start.table_exists' },
      ownOutput: true,
      output: { exists: { title: 'Exists', type: 'boolean', default: false } },
      errors: [
        {
          when: { status: [404], code: ['TABLE_DOES_NOT_EXIST', 'SCHEMA_DOES_NOT_EXIST', 'CATALOG_DOES_NOT_EXIST'] },
          result: { exists: false },
        },
        {
          when: {
            status: [404],
            code: ['RESOURCE_DOES_NOT_EXIST', 'NOT_FOUND'],
            message: '^(table|view|schema|catalog)\\b.*does not exist',
          },
          result: { exists: false },
        },
      ],
      examples: [
        { title: 'An existing table', input: { full_name: 'samples.flights.airports' }, output: { exists: true } },
        {
          title: 'A missing table',
          input: { full_name: 'samples.flights.no_such_table' },
          output: { exists: false },
        },
      ],
    },
    {
      name: 'query_table_summaries',
      op: 'tables.queryTableSummaries',
      title: 'Query Table Summaries',
      description: 'Lists the names and types of the tables in a catalog, filtered by patterns.',
      docs: 'tables/listsummaries',
      effect: 'safe',
      grants: ['USE CATALOG and USE SCHEMA on the parents, and SELECT on the tables; or metastore admin'],
      main: ['catalog_name', 'schema_name_pattern', 'table_name_pattern', 'max_items'],
      ...tokenPages('tables', 'tables', {
        sizeParam: 'max_results',
        size: 10_000,
        manualInputs: ['page_token', 'max_results'],
      }),
      errors: unityErrors('catalog', ''),
      examples: [
        {
          title: 'By pattern',
          input: { catalog_name: 'samples', schema_name_pattern: 'flights', table_name_pattern: 'air%' },
          output: { tables: [{ full_name: 'samples.flights.airports', table_type: 'MANAGED' }], more: false },
        },
      ],
    },
    {
      name: 'delete_table',
      op: 'tables.delete',
      title: 'Delete Table',
      description: 'Drops a table or view; a managed table can be undropped for seven days.',
      docs: 'tables/delete',
      effect: 'idempotent',
      grants: ['Owner of the table, of its schema or of its catalog'],
      main: ['full_name'],
      result: { full_name: '$input.full_name' },
      output: { full_name: { title: 'Table', type: 'string' } },
      errors: unityErrors('table', 'its schema'),
      examples: [
        {
          title: 'By name',
          input: { full_name: 'main.sales.old_orders' },
          output: { full_name: 'main.sales.old_orders' },
        },
      ],
    },
  ],
};
