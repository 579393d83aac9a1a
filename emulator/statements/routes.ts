import { ApiError, invalid } from '../errors.ts';
import type { Answer, Call, Route } from '../router.ts';
import { type Workspace, wait } from '../workspace.ts';
import { chunkAnswer, STATEMENTS, statementAnswer } from './answers.ts';
import type { Statement, StatementEngine, StatementRequest } from './engine.ts';
import { followLink, LINKS } from './links.ts';

/** Routes of Statement Execution, and of the links to its results. */
export function statementRoutes(workspace: Workspace, engine: StatementEngine): Route[] {
  const execute = async ({ body, identity }: Call): Promise<Answer> => {
    const request = body as unknown as StatementRequest;
    const statement = engine.submit(request, identity);
    await waitFor(statement, Number((request.wait_timeout ?? '10s').slice(0, -1)) * 1000);
    return statementAnswer(statement, workspace);
  };
  const chunk = ({ params }: Call): Promise<Answer> => {
    const statement = engine.find(String(params.statement_id));
    const { result, id, state } = statement;
    if (result === undefined)
      throw new ApiError(404, 'NOT_FOUND', `The statement ${id} has no result to fetch: it is ${state}.`);
    const found = result.chunks[Number(params.chunk_index)];
    if (found === undefined)
      throw invalid(
        `Chunk index ${params.chunk_index} is out of range: the result has ${result.chunks.length} chunks.`,
      );
    return chunkAnswer(statement, found, workspace);
  };
  const cancel = ({ params }: Call): Answer => {
    const statement = engine.find(String(params.statement_id));
    const late = statement.finishedAt !== undefined;
    statement.abort.abort();
    return { effect: !late };
  };
  const external = ({ params, query, request }: Call): Answer => {
    const statement = engine.peek(String(params.statement_id));
    return followLink(statement, Number(params.chunk_index), {
      authorization: request.headers.authorization,
      signature: String(query.signature ?? ''),
      now: workspace.now(),
      workspace,
    });
  };
  return [
    { method: 'POST', template: STATEMENTS, handle: execute },
    {
      method: 'GET',
      template: `${STATEMENTS}/{statement_id}`,
      handle: ({ params }) => statementAnswer(engine.find(String(params.statement_id)), workspace),
    },
    { method: 'GET', template: `${STATEMENTS}/{statement_id}/result/chunks/{chunk_index}`, handle: chunk },
    { method: 'POST', template: `${STATEMENTS}/{statement_id}/cancel`, handle: cancel },
    { method: 'GET', template: LINKS, open: true, handle: external },
  ];
}

async function waitFor(statement: Statement, waitMs: number): Promise<void> {
  if (waitMs === 0) return;
  const over = new AbortController();
  await Promise.race([statement.ended, wait(waitMs, over.signal).catch(() => undefined)]);
  over.abort();
  if (statement.request.on_wait_timeout !== 'CANCEL' || statement.finishedAt !== undefined) return;
  statement.abort.abort();
  await statement.ended;
}
