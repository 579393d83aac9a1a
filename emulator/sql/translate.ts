import { syntaxError, unsupported } from './error.ts';
import { positionOf, type Token, tokenize } from './lexer.ts';
import { bindParameters, type Parameter } from './parameters.ts';
import { type Environment, rewrite } from './rewrite.ts';

/** What DuckDB has to run for a statement. */
export interface Plan {
  /** `query` gives rows; `write` changes rows and gives counts; `command` gives nothing. */
  kind: 'query' | 'write' | 'command';
  sql: string;
  verb: string;
}

const QUERIES = new Set(['SELECT', 'WITH', 'VALUES', '(']);
const WRITES = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE']);
const COMMANDS = new Set(['CREATE', 'DROP', 'ALTER', 'TRUNCATE']);

const OTHERS = new Set([
  'SHOW',
  'DESCRIBE',
  'DESC',
  'EXPLAIN',
  'USE',
  'SET',
  'RESET',
  'COPY',
  'OPTIMIZE',
  'VACUUM',
  'ANALYZE',
  'REFRESH',
  'GRANT',
  'REVOKE',
  'COMMENT',
  'UNDROP',
  'CALL',
  'CACHE',
  'RESTORE',
  'MSCK',
  'REPAIR',
  'BEGIN',
  'EXECUTE',
  'DECLARE',
]);

/** Translates one statement. @throws SqlError when it is no SQL, or holds more than one statement. */
export function translate(sql: string, parameters: Parameter[], environment: Environment): Plan {
  const tokens = bindParameters(oneStatement(sql), parameters);
  const first = tokens[0] as Token;
  const verb = first.value;
  if (QUERIES.has(verb)) return { kind: 'query', verb, sql: rewrite(tokens, environment) };
  if (WRITES.has(verb)) return { kind: 'write', verb, sql: rewrite(tokens, environment) };
  if (COMMANDS.has(verb)) return { kind: 'command', verb, sql: rewrite(tokens, environment) };
  if (!OTHERS.has(verb)) throw syntaxError(first.text, positionOf(sql, first.start));
  throw unsupported(`statements that begin with ${verb}`);
}

function oneStatement(sql: string): Token[] {
  const tokens = tokenize(sql);
  while (tokens.at(-1)?.text === ';') tokens.pop();
  if (tokens.length === 0) throw syntaxError('');
  const second = tokens.find((token) => token.kind === 'symbol' && token.text === ';');
  if (second !== undefined) throw syntaxError(';', positionOf(sql, second.start));
  return tokens;
}
