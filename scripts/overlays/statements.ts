import type { OverlayGroup } from '../generate/overlay.ts';
import { STATEMENT_ID as ID, STATEMENT_FIELDS, WAREHOUSE_ID } from './statement-fields.ts';
import { waiting } from './waiting.ts';

const COLUMN = {
  type: 'object',
  properties: {
    name: { type: 'string' },
    position: { type: 'integer' },
    type_name: { type: 'string' },
    type_text: { type: 'string' },
    type_precision: { type: 'integer' },
    type_scale: { type: 'integer' },
  },
};
const columns = [
  { name: 'state', type_name: 'STRING', type_text: 'STRING', position: 0 },
  { name: 'n', type_name: 'LONG', type_text: 'BIGINT', position: 1 },
];
const GONE = [
  {
    when: { status: [404] },
    kind: 'not_found' as const,
    hint: 'Results are kept for one hour and statements for twelve hours. Run the statement again.',
  },
];

export const statements: OverlayGroup = {
  facts: 'statements',
  group: 'SQL',
  fields: STATEMENT_FIELDS,
  actions: [
    {
      name: 'execute_statement',
      op: 'statements.executeStatement',
      title: 'Execute Statement',
      description:
        'Runs a SQL statement on a warehouse, waits until it ends, and returns its rows; large results are returned as an artifact.',
      docs: 'statementexecution/executestatement',
      effect: 'once',
      grants: ['Can use on the SQL warehouse', 'The privileges that the statement itself needs'],
      main: ['warehouse_id', 'statement', 'parameters', 'catalog', 'schema'],
      own: {
        accept_truncated: {
          title: 'Accept truncated result',
          description: 'When off, a result that was truncated by the service or a limit is an error.',
          type: 'boolean',
          default: false,
        },
      },
      send: {
        wait_timeout: { $first: ['$input.wait_timeout', '0s'] },
        query_tags: { $first: ['$input.query_tags', [{ key: 'penstock_run', value: '$run.id' }]] },
      },
      rules: {
        if: {
          required: ['format'],
          properties: { format: { enum: ['ARROW_STREAM', 'CSV'] } },
        },
        then: { required: ['disposition'], properties: { disposition: { const: 'EXTERNAL_LINKS' } } },
      },
      options: waiting('the statement has ended', { wait: true }),
      await: {
        when: '$options.wait_for_completion',
        request: { method: 'GET', path: '/api/2.0/sql/statements/{start.statement_id}' },
        success: { 'status.state': ['SUCCEEDED'] },
        failure: { 'status.state': ['FAILED', 'CANCELED', 'CLOSED'] },
        code: 'status.error.error_code',
        message: 'status.error.message',
        sql_state: 'status.sql_state',
        interval_seconds: [0.25, 10],
        timeout_seconds: '$options.timeout_seconds',
        on_timeout: 'cancel',
        cancel: { method: 'POST', path: '/api/2.0/sql/statements/{start.statement_id}/cancel', body: {} },
      },
      pages: { style: 'chunks', first: 'result', accept_truncated: '$input.accept_truncated' },
      result: {
        statement_id: '$start.statement_id',
        state: '$last.status.state',
        columns: '$last.manifest.schema.columns',
        rows: '$items',
        row_count: { $first: ['$last.manifest.total_row_count', '$pages.count'] },
        truncated: '$last.manifest.truncated',
        preview: '$pages.preview',
        artifact: '$pages.artifact',
      },
      ownOutput: true,
      output: {
        statement_id: { title: 'Statement ID', type: 'string' },
        state: { title: 'State', type: 'string', examples: ['SUCCEEDED', 'RUNNING', 'PENDING'] },
        columns: { title: 'Columns', type: 'array', default: [], items: COLUMN },
        rows: {
          title: 'Rows',
          description:
            'Column names are keys. BIGINT and DECIMAL are text, so that no digit is lost; BINARY is base64; ARRAY, MAP and STRUCT are JSON whose values follow the same rules. A repeated column name gets the suffix _2, _3. When preview is true, only the first rows are included; later steps that read steps.ID.output.rows get all of them.',
          type: 'array',
          default: [],
          items: { type: 'object' },
        },
        row_count: { title: 'Row count', type: 'integer', format: 'int64' },
        truncated: { title: 'Truncated', type: 'boolean', default: false },
        preview: {
          title: 'Preview',
          description:
            'True when rows contains only the first rows (none for ARROW_STREAM and CSV) and the artifact contains all of them.',
          type: 'boolean',
          default: false,
        },
        artifact: {
          title: 'Artifact',
          description: 'Artifact with all rows, if the result is large or the format is not JSON_ARRAY.',
          type: 'object',
        },
      },
      examples: [
        {
          title: 'Airports by state',
          input: {
            warehouse_id: WAREHOUSE_ID,
            statement: 'SELECT state, count(*) AS n FROM samples.flights.airports WHERE state = :state GROUP BY state',
            parameters: [{ name: 'state', value: 'HI' }],
          },
          output: {
            statement_id: ID,
            state: 'SUCCEEDED',
            columns,
            rows: [{ state: 'HI', n: '16' }],
            row_count: 1,
            truncated: false,
          },
        },
      ],
    },
    {
      name: 'retrieve_statement',
      op: 'statements.retrieveStatement',
      title: 'Retrieve Statement',
      description: 'Gets the state and the first chunk of an earlier statement.',
      docs: 'statementexecution/getstatement',
      effect: 'safe',
      main: ['statement_id'],
      errors: GONE,
      examples: [
        {
          title: 'A statement that has ended',
          input: { statement_id: ID },
          output: {
            statement_id: ID,
            status: { state: 'SUCCEEDED' },
            manifest: {
              format: 'JSON_ARRAY',
              schema: { column_count: 2, columns },
              total_chunk_count: 1,
              total_row_count: 1,
              truncated: false,
            },
            result: { chunk_index: 0, row_offset: 0, row_count: 1, data_array: [['HI', '16']] },
          },
        },
      ],
    },
    {
      name: 'retrieve_statement_result_chunk',
      op: 'statements.retrieveStatementResultChunk',
      title: 'Retrieve Statement Result Chunk',
      description: 'Gets a chunk of the result of a succeeded statement, within one hour of its end.',
      docs: 'statementexecution/getstatementresultchunkn',
      effect: 'safe',
      main: ['statement_id', 'chunk_index'],
      errors: GONE,
      examples: [
        {
          title: 'The first chunk',
          input: { statement_id: ID, chunk_index: 0 },
          output: { chunk_index: 0, row_offset: 0, row_count: 1, data_array: [['HI', '16']] },
        },
      ],
    },
    {
      name: 'cancel_statement_execution',
      op: 'statements.cancelStatementExecution',
      title: 'Cancel Statement Execution',
      description: 'Requests the cancellation of a statement; Retrieve Statement shows whether it was in time.',
      docs: 'statementexecution/cancelexecution',
      effect: 'idempotent',
      main: ['statement_id'],
      result: { statement_id: '$input.statement_id' },
      ownOutput: true,
      output: { statement_id: { title: 'Statement ID', type: 'string' } },
      errors: [
        {
          when: { status: [404] },
          kind: 'not_found',
          hint: 'Check the statement ID. Statements are kept for twelve hours.',
        },
      ],
      examples: [{ title: 'By ID', input: { statement_id: ID }, output: { statement_id: ID } }],
    },
  ],
};
