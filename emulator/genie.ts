import { ApiError, invalid } from './errors.ts';
import { listAnswer, route } from './objects.ts';
import { pageOf } from './paging.ts';
import type { Answer, Call, Route } from './router.ts';
import { statementAnswer } from './statements/answers.ts';
import type { StatementEngine } from './statements/engine.ts';
import type { Unity } from './unity/registry.ts';
import { hexId, type Workspace, wait } from './workspace.ts';

interface Message {
  id: string;
  conversation_id: string;
  space_id: string;
  content: string;
  user_id: string;
  created: number;
  updated: number;
  status: string;
  query?: { text: string; statementId: string; rows: number };
  error?: string;
  attachment: string;
}

const SPACES = '/api/2.0/genie/spaces';
const CONVERSATIONS = `${SPACES}/{space_id}/conversations`;
const MESSAGES = `${CONVERSATIONS}/{conversation_id}/messages`;
const SPACE = {
  space_id: '01f0a1b2c3d4e5f60718293a4b5c6d7e',
  title: 'Sample data',
  description: 'Questions about the samples catalog.',
};
/** How long a message stays in each state before its query runs, in milliseconds. */
const STEP_MS = 30;

/**
 * Genie with one space. A question that names a table, or whose words are a table's name, is answered with a count of its rows,
 * a question that is SQL with its rows; the SQL really runs. A question with the word "fail" fails.
 */
export function genieRoutes(
  workspace: Workspace,
  statements: StatementEngine,
  unity: Unity,
  warehouseId: () => string,
): Route[] {
  const messages = new Map<string, Message>();
  const requireSpace = (id: unknown) => {
    if (id !== SPACE.space_id) throw new ApiError(404, 'RESOURCE_DOES_NOT_EXIST', `Genie space ${id} does not exist.`);
  };
  const find = ({ params }: Call): Message => {
    requireSpace(params.space_id);
    const message = messages.get(String(params.message_id));
    if (message === undefined || message.conversation_id !== params.conversation_id)
      throw new ApiError(
        404,
        'RESOURCE_DOES_NOT_EXIST',
        `Message ${params.message_id} does not exist in conversation ${params.conversation_id}.`,
      );
    return message;
  };
  const describe = (message: Message) => {
    const { id, conversation_id, space_id, content, status, query, error, attachment } = message;
    const attachments =
      query === undefined
        ? []
        : [
            {
              attachment_id: attachment,
              query: {
                query: query.text,
                description: `Rows for: ${content}`,
                statement_id: query.statementId,
                query_result_metadata: { row_count: query.rows, is_truncated: false },
              },
            },
          ];
    return {
      id,
      message_id: id,
      conversation_id,
      space_id,
      user_id: Number(message.user_id),
      content,
      status,
      created_timestamp: message.created,
      last_updated_timestamp: message.updated,
      ...(attachments.length > 0 ? { attachments } : {}),
      ...(query === undefined
        ? {}
        : { query_result: { statement_id: query.statementId, row_count: query.rows, is_truncated: false } }),
      ...(error === undefined ? {} : { error: { error: error, type: 'SQL_EXECUTION_EXCEPTION' } }),
    };
  };
  const move = (message: Message, status: string) => Object.assign(message, { status, updated: workspace.now() });

  const answerQuestion = async (message: Message, call: Call) => {
    for (const status of ['FETCHING_METADATA', 'ASKING_AI', 'EXECUTING_QUERY']) {
      await wait(STEP_MS, workspace.closing);
      move(message, status);
    }
    const text = await queryFor(message.content, unity);
    const warehouse_id = warehouseId();
    const done = await statements.runToEnd({ statement: text, warehouse_id }, call.identity, workspace.closing);
    message.query = { text, statementId: done.id, rows: done.rows ?? 0 };
    if (done.error !== undefined) message.error = done.error.message;
    move(message, done.error === undefined ? 'COMPLETED' : 'FAILED');
  };

  const ask = (call: Call, conversation_id: string): Message => {
    const content = String(call.body.content);
    if (content.trim() === '') throw invalid("'content' must not be empty.");
    const now = workspace.now();
    const message: Message = {
      id: hexId(32),
      conversation_id,
      space_id: SPACE.space_id,
      content,
      user_id: call.identity.id,
      created: now,
      updated: now,
      status: 'SUBMITTED',
      attachment: hexId(32),
    };
    messages.set(message.id, message);
    void answerQuestion(message, call).catch((error: Error) => {
      message.error = error.message;
      move(message, 'FAILED');
    });
    return message;
  };

  const start = (call: Call): Answer => {
    requireSpace(call.params.space_id);
    const conversation_id = hexId(32);
    const message = ask(call, conversation_id);
    const conversation = {
      id: conversation_id,
      conversation_id,
      space_id: SPACE.space_id,
      user_id: Number(message.user_id),
      title: message.content,
      created_timestamp: message.created,
      last_updated_timestamp: message.created,
    };
    return { json: { conversation_id, message_id: message.id, conversation, message: describe(message) } };
  };
  const follow = (call: Call): Answer => {
    requireSpace(call.params.space_id);
    const known = [...messages.values()].some((message) => message.conversation_id === call.params.conversation_id);
    if (!known)
      throw new ApiError(404, 'RESOURCE_DOES_NOT_EXIST', `Conversation ${call.params.conversation_id} does not exist.`);
    return { json: describe(ask(call, String(call.params.conversation_id))) };
  };

  const ofConversation = (call: Call): Message[] => {
    requireSpace(call.params.space_id);
    const id = call.params.conversation_id;
    const found = [...messages.values()].filter((message) => message.conversation_id === id);
    if (found.length === 0) throw new ApiError(404, 'RESOURCE_DOES_NOT_EXIST', `Conversation ${id} does not exist.`);
    return found;
  };
  const resultOf = (call: Call): Promise<Answer> => {
    const message = find(call);
    const attachment = call.params.attachment_id;
    if (message.query === undefined || (attachment !== undefined && attachment !== message.attachment))
      throw new ApiError(
        404,
        'RESOURCE_DOES_NOT_EXIST',
        `Attachment ${attachment ?? 'of the message'} does not exist.`,
      );
    return statementAnswer(statements.find(message.query.statementId), workspace, 'statement_response');
  };
  const executeAgain = async (call: Call): Promise<Answer> => {
    const message = find(call);
    if (message.query === undefined) return resultOf(call);
    const order = { statement: message.query.text, warehouse_id: warehouseId() };
    const done = await statements.runToEnd(order, call.identity, workspace.closing);
    message.query = { ...message.query, statementId: done.id, rows: done.rows ?? 0 };
    return resultOf(call);
  };

  return [
    route('GET', CONVERSATIONS, ({ params, query }) => {
      requireSpace(params.space_id);
      const firsts = new Map([...messages.values()].reverse().map((message) => [message.conversation_id, message]));
      const conversations = [...firsts.values()].map((message) => ({
        conversation_id: message.conversation_id,
        title: message.content,
        created_timestamp: message.created,
      }));
      return listAnswer('conversations', conversations, query, { list: 'conversations', usual: 20 });
    }),
    route('DELETE', `${CONVERSATIONS}/{conversation_id}`, (call) => {
      for (const message of ofConversation(call)) messages.delete(message.id);
      return {};
    }),
    route('GET', MESSAGES, (call) =>
      listAnswer('messages', ofConversation(call).map(describe), call.query, { list: 'messages', usual: 20 }),
    ),
    route('DELETE', `${MESSAGES}/{message_id}`, (call) => {
      messages.delete(find(call).id);
      return {};
    }),
    route('POST', `${MESSAGES}/{message_id}/feedback`, (call) => {
      find(call);
      return {};
    }),
    route('GET', `${MESSAGES}/{message_id}/query-result`, resultOf),
    route('GET', `${MESSAGES}/{message_id}/query-result/{attachment_id}`, resultOf),
    route('POST', `${MESSAGES}/{message_id}/execute-query`, executeAgain),
    route('POST', `${MESSAGES}/{message_id}/attachments/{attachment_id}/execute-query`, executeAgain),
    {
      method: 'GET',
      template: SPACES,
      handle: ({ query }) => {
        const { items, next_page_token } = pageOf([SPACE], {
          list: 'genie spaces',
          token: query.page_token,
          size: Number(query.page_size ?? 20),
        });
        return { json: { spaces: items, ...(next_page_token === undefined ? {} : { next_page_token }) } };
      },
    },
    {
      method: 'GET',
      template: `${SPACES}/{space_id}`,
      handle: ({ params }) => {
        requireSpace(params.space_id);
        return { json: { ...SPACE, warehouse_id: warehouseId() } };
      },
    },
    { method: 'POST', template: `${SPACES}/{space_id}/start-conversation`, handle: start },
    { method: 'POST', template: MESSAGES, handle: follow },
    { method: 'GET', template: `${MESSAGES}/{message_id}`, handle: (call) => ({ json: describe(find(call)) }) },
    {
      method: 'GET',
      template: `${MESSAGES}/{message_id}/attachments/{attachment_id}/query-result`,
      handle: resultOf,
    },
  ];
}

async function queryFor(question: string, unity: Unity): Promise<string> {
  if (/\bfail\b/i.test(question)) return 'SELECT column_that_does_not_exist';
  if (/^\s*(select|with|show|describe)\b/i.test(question)) return question;
  for (const catalog of unity.catalogs.keys()) {
    for (const table of await unity.tableNames(catalog)) {
      if (new RegExp(`\\b${table.name}\\b`, 'i').test(question))
        return `SELECT count(*) AS rows FROM \`${table.catalog}\`.\`${table.schema}\`.\`${table.name}\``;
    }
  }
  return 'SELECT 1 AS answer';
}
