import { pageOf } from './paging.ts';
import type { Route } from './router.ts';
import type { Statement, StatementEngine } from './statements/engine.ts';

const STATUSES: Record<Statement['state'], string> = {
  PENDING: 'QUEUED',
  RUNNING: 'RUNNING',
  SUCCEEDED: 'FINISHED',
  CLOSED: 'FINISHED',
  FAILED: 'FAILED',
  CANCELED: 'CANCELED',
};
const TYPES = [
  'ALTER',
  'ANALYZE',
  'CALL',
  'COPY',
  'CREATE',
  'DELETE',
  'DESCRIBE',
  'DROP',
  'EXPLAIN',
  'GRANT',
  'INSERT',
  'MERGE',
  'OPTIMIZE',
  'REFRESH',
  'REPLACE',
  'REVOKE',
  'SELECT',
  'SET',
  'SHOW',
  'TRUNCATE',
  'UPDATE',
  'USE',
];

/** Query history: every statement, newest first, with its tags. */
export function historyRoutes(statements: StatementEngine): Route[] {
  const describe = (statement: Statement) => {
    const verb = /^\W*(\w+)/.exec(statement.request.statement)?.[1]?.toUpperCase() ?? '';
    const end =
      statement.finishedAt === undefined
        ? {}
        : {
            query_end_time_ms: statement.finishedAt,
            execution_end_time_ms: statement.finishedAt,
            duration: statement.finishedAt - statement.submittedAt,
          };
    return {
      query_id: statement.id,
      query_text: statement.request.statement,
      status: STATUSES[statement.state],
      statement_type: verb === 'WITH' ? 'SELECT' : TYPES.includes(verb) ? verb : 'OTHER',
      warehouse_id: statement.request.warehouse_id,
      endpoint_id: statement.request.warehouse_id,
      user_id: Number(statement.identity.id),
      user_name: statement.identity.userName,
      executed_as_user_id: Number(statement.identity.id),
      executed_as_user_name: statement.identity.userName,
      query_start_time_ms: statement.submittedAt,
      ...end,
      is_final: statement.finishedAt !== undefined,
      ...(statement.rows === undefined ? {} : { rows_produced: statement.rows }),
      ...(statement.error === undefined ? {} : { error_message: statement.error.message }),
      ...((statement.request.query_tags ?? []).length > 0 ? { query_tags: statement.request.query_tags } : {}),
    };
  };
  return [
    {
      method: 'GET',
      template: '/api/2.0/sql/history/queries',
      handle: ({ query }) => {
        const { page_token, max_results, ...filter } = query;
        const within = (name: string, value: unknown) => {
          const wanted = filter[`filter_by.${name}`] as unknown[] | undefined;
          return wanted === undefined || wanted.map(String).includes(String(value));
        };
        const found = statements
          .all()
          .filter(
            (statement) =>
              within('statement_ids', statement.id) &&
              within('warehouse_ids', statement.request.warehouse_id) &&
              within('user_ids', statement.identity.id) &&
              within('statuses', STATUSES[statement.state]),
          )
          .filter(
            (statement) =>
              statement.submittedAt >= Number(filter['filter_by.query_start_time_range.start_time_ms'] ?? 0),
          )
          .filter(
            (statement) =>
              statement.submittedAt <=
              Number(filter['filter_by.query_start_time_range.end_time_ms'] ?? Number.MAX_SAFE_INTEGER),
          )
          .reverse();
        const { items, next_page_token } = pageOf(found, {
          list: `history ${JSON.stringify(filter)}`,
          token: page_token,
          size: (max_results as number | undefined) ?? 100,
        });
        return {
          json: {
            res: items.map(describe),
            has_next_page: next_page_token !== undefined,
            ...(next_page_token === undefined ? {} : { next_page_token }),
          },
        };
      },
    },
  ];
}
