import type { ActionCall, ActionState, Io, Step } from '../../../actions/call.ts';
import { cancelPipeline } from '../../../actions/cancel.ts';
import { type Column, typedRows } from '../../../actions/columns.ts';
import { advancePipeline } from '../../../actions/pipeline.ts';
import { ConnectorError } from '../../../connector/errors.ts';
import type { Action, ActionManifest } from '../../../connector/manifest.ts';
import { buildRequest } from '../../../connector/request.ts';
import { readPath } from '../../../connector/template.ts';

interface GenieInput {
  space_id: string;
  content: string;
  conversation_id?: string;
  max_rows: number;
}

const SPACE = '/api/2.0/genie/spaces/{input.space_id}';
const CONVERSATION = `${SPACE}/conversations/{start.conversation_id}`;
const MESSAGE = `${CONVERSATION}/messages/{start.message_id}`;

/** A question and its answer as a pipeline. A new conversation and a further message answer with the same ids. */
function genieManifest(action: Action, input: GenieInput): ActionManifest {
  const path =
    input.conversation_id === undefined
      ? `${SPACE}/start-conversation`
      : `${SPACE}/conversations/{input.conversation_id}/messages`;
  return {
    ...action.manifest,
    request: {
      method: 'POST',
      path,
      body: { content: '$input.content', enable_visualization: '$input.enable_visualization' },
    },
    await: {
      when: '$options.wait_for_completion',
      request: { method: 'GET', path: MESSAGE },
      success: { status: ['COMPLETED'] },
      failure: { status: ['FAILED', 'CANCELLED', 'QUERY_RESULT_EXPIRED'] },
      code: 'error.type',
      message: 'error.error',
      interval_seconds: [1, 10],
      timeout_seconds: '$options.timeout_seconds',
      on_timeout: 'leave',
    },
    result: { start: '$start', last: '$last' },
  };
}

/** Asks Genie, waits for its answer, and fetches the rows of the query it wrote. */
export async function advanceGenie(action: Action, call: ActionCall, state: ActionState, io: Io): Promise<Step> {
  const input = call.input as GenieInput;
  const step = await advancePipeline(pipelineOf(action, input), call, state, io);
  if (step.kind !== 'done') return step;
  const { start, last } = step.output as { start: unknown; last: unknown };
  // A further message answers with the message itself, a new conversation with one inside.
  const message = readPath(last, 'message') ?? last;
  const ids = {
    conversation_id: String(readPath(start, 'conversation_id')),
    message_id: String(readPath(start, 'message_id')),
  };
  const answer = readAnswer(message);
  const rows =
    answer.attachment === undefined ? {} : await readRows(io, input, { ...ids, attachment: answer.attachment });
  return { kind: 'done', output: { ...ids, status: readPath(message, 'status'), ...answer.output, ...rows } };
}

/** Genie has no cancel; a question that is not waited for costs nothing more. */
export async function cancelGenie(
  action: Action,
  call: ActionCall,
  state: ActionState,
  io: Io,
): Promise<Step | 'nothing_to_cancel'> {
  return cancelPipeline(pipelineOf(action, call.input as GenieInput), call, state, io);
}

function pipelineOf(action: Action, input: GenieInput): Action {
  return { ...action, manifest: genieManifest(action, input) };
}

function readAnswer(message: unknown): { output: Record<string, unknown>; attachment?: string } {
  const attachments = readPath(message, 'attachments');
  const all = Array.isArray(attachments) ? attachments : [];
  const first = (path: string) =>
    all.map((attachment) => readPath(attachment, path)).find((value) => value !== undefined);
  const texts = all
    .map((attachment) => readPath(attachment, 'text.content'))
    .filter((text) => typeof text === 'string');
  const withQuery = all.find((attachment) => readPath(attachment, 'query') !== undefined);
  const output = {
    text: texts.length === 0 ? undefined : texts.join('\n\n'),
    query: readPath(withQuery, 'query.query'),
    query_description: readPath(withQuery, 'query.description'),
    statement_id: readPath(withQuery, 'query.statement_id'),
    suggested_questions: first('suggested_questions.questions'),
  };
  const id = readPath(withQuery, 'attachment_id') ?? readPath(withQuery, 'id');
  const kept = Object.fromEntries(Object.entries(output).filter(([, value]) => value !== undefined));
  return typeof id === 'string' ? { output: kept, attachment: id } : { output: kept };
}

async function readRows(
  io: Io,
  input: GenieInput,
  of: { conversation_id: string; message_id: string; attachment: string },
): Promise<object> {
  if (input.max_rows === 0) return {};
  const path = `${MESSAGE}/attachments/{start.attachment}/query-result`;
  let body: unknown;
  try {
    body = (await io.send(buildRequest({ method: 'GET', path }, { input, start: of }), 'page')).body;
  } catch (error) {
    // The answer stands without its rows, which can have expired.
    if (error instanceof ConnectorError && error.kind === 'not_found') return {};
    throw error;
  }
  const result = readPath(body, 'statement_response');
  const columns = (readPath(result, 'manifest.schema.columns') ?? []) as Column[];
  const cells = (readPath(result, 'result.data_array') ?? []) as unknown[][];
  return {
    columns,
    rows: typedRows(columns, cells.slice(0, input.max_rows)),
    row_count: readPath(result, 'manifest.total_row_count') ?? cells.length,
  };
}
