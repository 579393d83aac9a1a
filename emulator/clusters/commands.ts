import { ApiError, invalid } from '../errors.ts';
import { route } from '../objects.ts';
import type { Route } from '../router.ts';
import { hexId } from '../workspace.ts';
import type { ClusterLookup } from './libraries.ts';
import { evaluatePython } from './python.ts';

interface Context {
  clusterId: string;
  language: string;
}

interface Results {
  resultType: 'text' | 'table' | 'error';
  data?: unknown;
  schema?: Record<string, unknown>[];
  cause?: string;
  summary?: string;
  truncated?: boolean;
}

interface Command extends Context {
  contextId: string;
  status: 'Running' | 'Finished' | 'Cancelled' | 'Error';
  results?: Results;
  abort: AbortController;
}

/** Runs a SQL command to its end: its columns and rows, or a message. */
export type CommandSql = (
  text: string,
  signal: AbortSignal,
) => Promise<{ columns: { name: string; type_text: string }[]; rows: unknown[][] } | { error: string }>;

const PATH = '/api/1.2';
const LANGUAGES = ['python', 'scala', 'sql', 'r'];

/**
 * Command execution (API 1.2). SQL runs on the emulator's SQL; of Python `print` of literals and arithmetic is understood;
 * everything else ends with a result of type error that says so. Contexts and commands live in memory, as on a cluster.
 */
export function commandRoutes(clusters: ClusterLookup, sql: CommandSql): Route[] {
  const contexts = new Map<string, Context>();
  const commands = new Map<string, Command>();
  const requireCluster = (id: unknown) => {
    const { state } = clusters.stateOf(id);
    if (state !== 'RUNNING')
      throw new ApiError(400, 'INVALID_STATE', `ClusterNotReadyException: Cluster ${id} is ${state}, not RUNNING.`);
  };
  const findContext = (clusterId: unknown, contextId: unknown): Context => {
    const found = contexts.get(String(contextId));
    if (found === undefined || found.clusterId !== clusterId)
      throw invalid(`ContextNotFound: context ${contextId} does not exist.`);
    return found;
  };
  const findCommand = (id: unknown): Command => {
    const found = commands.get(String(id));
    if (found === undefined) throw invalid(`CommandNotFound: command ${id} does not exist.`);
    return found;
  };
  const perform = async (command: Command, text: string): Promise<void> => {
    const results = await resultsOf(command, text, sql);
    if (command.status === 'Running') Object.assign(command, { status: 'Finished', results });
  };

  return [
    route('POST', `${PATH}/contexts/create`, ({ body }) => {
      requireCluster(body.clusterId);
      const language = String(body.language ?? 'python');
      if (!LANGUAGES.includes(language))
        throw invalid(`'language' must be one of ${LANGUAGES.join(', ')}; got '${language}'.`);
      const id = hexId(32);
      contexts.set(id, { clusterId: String(body.clusterId), language });
      return { json: { id } };
    }),
    route('GET', `${PATH}/contexts/status`, ({ query }) => {
      requireCluster(query.clusterId);
      findContext(query.clusterId, query.contextId);
      return { json: { id: query.contextId, status: 'Running' } };
    }),
    route('POST', `${PATH}/contexts/destroy`, ({ body }) => {
      findContext(body.clusterId, body.contextId);
      contexts.delete(String(body.contextId));
      return { json: { id: body.contextId } };
    }),
    route('POST', `${PATH}/commands/execute`, ({ body }) => {
      requireCluster(body.clusterId);
      const context = findContext(body.clusterId, body.contextId);
      const id = hexId(32);
      const language = String(body.language ?? context.language);
      const base = { ...context, language, contextId: String(body.contextId) };
      const command: Command = { ...base, status: 'Running', abort: new AbortController() };
      commands.set(id, command);
      void perform(command, String(body.command ?? ''));
      return { json: { id } };
    }),
    route('GET', `${PATH}/commands/status`, ({ query }) => {
      const { status, results } = findCommand(query.commandId);
      return { json: { id: query.commandId, status, ...(results === undefined ? { results: null } : { results }) } };
    }),
    route('POST', `${PATH}/commands/cancel`, ({ body }) => {
      const command = findCommand(body.commandId);
      if (command.status === 'Running') {
        command.status = 'Cancelled';
        command.abort.abort();
      }
      return { json: { id: body.commandId } };
    }),
  ];
}

async function resultsOf(command: Command, text: string, sql: CommandSql): Promise<Results> {
  if (command.language === 'sql') {
    const done = await sql(text, command.abort.signal);
    if ('error' in done) return { resultType: 'error', summary: done.error, cause: done.error };
    const schema = done.columns.map(({ name, type_text }) => ({
      name,
      type: JSON.stringify(type_text.toLowerCase()),
      metadata: '{}',
    }));
    return { resultType: 'table', data: done.rows, schema, truncated: false };
  }
  if (command.language === 'python') return evaluatePython(text);
  const cause = `The emulator does not run ${command.language}.`;
  return { resultType: 'error', summary: cause, cause };
}
