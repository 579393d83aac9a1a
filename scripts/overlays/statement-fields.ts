import type { FieldTexts } from '../generate/overlay.ts';
import { CATALOG, schemaIn, WAREHOUSE } from './options.ts';

/** Ids that examples use. */
export const STATEMENT_ID = '01f0c2a4-5d1e-1b2c-9f3a-6a7b8c9d0e1f';
export const WAREHOUSE_ID = '4f1c2b3a9d8e7f60';

/** Words for SQL statements. */
export const STATEMENT_FIELDS: FieldTexts = {
  statement_id: { title: 'Statement', description: 'ID returned by Execute Statement.', examples: [STATEMENT_ID] },
  warehouse_id: {
    title: 'Warehouse',
    description: 'The SQL warehouse that runs the statement. A stopped warehouse is started.',
    options: WAREHOUSE,
    examples: [WAREHOUSE_ID],
  },
  statement: {
    title: 'Statement',
    description: 'A SQL statement of up to 16 MiB. :name marks a parameter.',
    widget: 'sql',
    schema: { minLength: 1, maxLength: 16_777_216 },
    examples: ['SELECT * FROM samples.flights.airports WHERE state = :state'],
  },
  parameters: {
    title: 'Parameters',
    description: 'Values for the :name markers in the statement; up to 256.',
    schema: { maxItems: 256 },
  },
  'StatementParameterListItem.name': { title: 'Name', description: 'Name of the marker, without its colon.' },
  'StatementParameterListItem.value': { title: 'Value', description: 'As text. Omit it or use null for NULL.' },
  'StatementParameterListItem.type': {
    title: 'Type',
    description: 'SQL type of the value. Default: STRING. ARRAY, MAP and STRUCT are not supported.',
    examples: ['STRING', 'INT', 'BIGINT', 'DOUBLE', 'DECIMAL(10,2)', 'BOOLEAN', 'DATE', 'TIMESTAMP'],
  },
  catalog: { title: 'Catalog', description: 'Used for names without one.', options: CATALOG },
  schema: { title: 'Schema', description: 'Used for names without one.', options: schemaIn('catalog') },
  row_limit: {
    title: 'Row limit',
    description: 'The result is truncated to this number of rows and marked as truncated.',
    schema: { minimum: 1 },
  },
  byte_limit: {
    title: 'Byte limit',
    description: 'The result is truncated to this number of bytes and marked as truncated.',
    schema: { minimum: 1 },
  },
  disposition: {
    title: 'Delivery',
    description:
      'INLINE (default) is part of the response, up to 25 MiB. EXTERNAL_LINKS uses cloud storage, up to 100 GiB.',
  },
  format: {
    title: 'Format',
    description:
      'JSON_ARRAY (default) returns rows. ARROW_STREAM and CSV are stored as an artifact and require EXTERNAL_LINKS.',
  },
  wait_timeout: {
    title: 'Wait in the request',
    description:
      'How long the service holds the request: 0s, or 5s to 50s. Default: 0s, because the run then waits without occupying a worker.',
    schema: { default: null },
    examples: ['0s', '10s'],
  },
  on_wait_timeout: {
    title: 'When that wait ends',
    description: 'Whether the statement continues or is canceled. Not used with 0s.',
  },
  query_tags: {
    title: 'Query tags',
    description: 'Shown in the query history; up to 20. Default: the run ID.',
  },
  'QueryTag.key': { title: 'Key', description: 'Name of the tag.' },
  'QueryTag.value': { title: 'Value', description: 'Value of the tag.' },
  chunk_index: { title: 'Chunk', description: 'Number of the chunk; the first is 0.' },
};
