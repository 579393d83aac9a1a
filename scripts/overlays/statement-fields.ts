import type { FieldTexts } from '../generate/overlay.ts';
import { CATALOG, schemaIn, WAREHOUSE } from './options.ts';

/** Ids that examples use. */
export const STATEMENT_ID = '01f0c2a4-5d1e-1b2c-9f3a-6a7b8c9d0e1f';
export const WAREHOUSE_ID = '4f1c2b3a9d8e7f60';

/** Words for SQL statements. */
export const STATEMENT_FIELDS: FieldTexts = {
  statement_id: { title: 'Statement', description: 'ID that Execute Statement gave.', examples: [STATEMENT_ID] },
  warehouse_id: {
    title: 'Warehouse',
    description: 'The SQL warehouse that runs the statement; a stopped one is started.',
    options: WAREHOUSE,
    examples: [WAREHOUSE_ID],
  },
  statement: {
    title: 'Statement',
    description: 'One SQL statement of at most 16 MiB; :name marks a parameter.',
    widget: 'sql',
    schema: { minLength: 1, maxLength: 16_777_216 },
    examples: ['SELECT * FROM samples.flights.airports WHERE state = :state'],
  },
  parameters: {
    title: 'Parameters',
    description: 'Values for the :name markers in the statement, 256 at most.',
    schema: { maxItems: 256 },
  },
  'StatementParameterListItem.name': { title: 'Name', description: 'Name of the marker, without its colon.' },
  'StatementParameterListItem.value': { title: 'Value', description: 'As text; left out or null means NULL.' },
  'StatementParameterListItem.type': {
    title: 'Type',
    description: 'SQL type of the value, STRING when left out; no ARRAY, MAP or STRUCT.',
    examples: ['STRING', 'INT', 'BIGINT', 'DOUBLE', 'DECIMAL(10,2)', 'BOOLEAN', 'DATE', 'TIMESTAMP'],
  },
  catalog: { title: 'Catalog', description: 'Used for names that have none.', options: CATALOG },
  schema: { title: 'Schema', description: 'Used for names that have none.', options: schemaIn('catalog') },
  row_limit: {
    title: 'Row limit',
    description: 'Rows beyond it are cut off, and the result is marked as truncated.',
    schema: { minimum: 1 },
  },
  byte_limit: {
    title: 'Byte limit',
    description: 'Bytes beyond it are cut off, and the result is marked as truncated.',
    schema: { minimum: 1 },
  },
  disposition: {
    title: 'Delivery',
    description:
      'INLINE (the default) comes with the answer, 25 MiB at most; EXTERNAL_LINKS through cloud storage, 100 GiB at most.',
  },
  format: {
    title: 'Format',
    description:
      'JSON_ARRAY (the default) gives rows; ARROW_STREAM and CSV go unread into an artifact and need EXTERNAL_LINKS.',
  },
  wait_timeout: {
    title: 'Wait in the request',
    description:
      'Seconds the service holds the request open, 0s or 5s to 50s; 0s unless you give it, because the run then waits without holding a worker.',
    schema: { default: null },
    examples: ['0s', '10s'],
  },
  on_wait_timeout: {
    title: 'When that wait ends',
    description: 'Whether the statement goes on or is canceled; not used with 0s.',
  },
  query_tags: {
    title: 'Query tags',
    description: 'Shown in the query history, 20 at most; the run ID unless you give others.',
  },
  'QueryTag.key': { title: 'Key', description: 'Name of the tag.' },
  'QueryTag.value': { title: 'Value', description: 'Value of the tag.' },
  chunk_index: { title: 'Chunk', description: 'Number of the chunk; the first is 0.' },
};
