import { planAlter, planComment } from './alter.ts';
import { prepareQuery } from './compile/run.ts';
import { planCopyInto } from './copy-into.ts';
import { planCreate } from './create.ts';
import { planDescribe } from './describe.ts';
import { planDrop } from './drop.ts';
import { syntaxError, unsupported } from './error.ts';
import { type Token, tokenize } from './lexer.ts';
import { planExplain, planNothing, planOptimize, planVacuum } from './maintain.ts';
import { planMerge } from './merge.ts';
import { bindParameters, type Parameter } from './parameters.ts';
import type { Environment, Plan } from './session.ts';
import { planShow } from './show.ts';
import { planWrite } from './writes.ts';

type Planner = (tokens: Token[], environment: Environment, sql: string) => Plan;

const query: Planner = (tokens, environment) => {
  const run = prepareQuery(tokens, environment);
  return { verb: 'SELECT', run };
};
const nothing: Planner = (tokens) => planNothing((tokens[0] as Token).value);
const write: Planner = (tokens, environment) => planWrite(tokens, environment);

const PLANNERS: Record<string, Planner> = {
  SELECT: query,
  WITH: query,
  VALUES: query,
  '(': query,
  TABLE: query,
  FROM: query,
  INSERT: write,
  UPDATE: write,
  DELETE: write,
  MERGE: planMerge,
  TRUNCATE: write,
  CREATE: (tokens, environment, sql) => planCreate(tokens, sql, environment),
  DROP: planDrop,
  ALTER: planAlter,
  COMMENT: planComment,
  SHOW: planShow,
  DESCRIBE: planDescribe,
  DESC: planDescribe,
  EXPLAIN: planExplain,
  VACUUM: planVacuum,
  OPTIMIZE: planOptimize,
  COPY: planCopyInto,
  USE: nothing,
  SET: nothing,
  RESET: nothing,
  ANALYZE: nothing,
  REFRESH: nothing,
  GRANT: nothing,
  REVOKE: nothing,
  CACHE: nothing,
  UNCACHE: nothing,
  MSCK: nothing,
};
/** Verbs of Databricks SQL that the emulator knows and refuses. */
const REFUSED = new Set([
  'RESTORE',
  'UNDROP',
  'CALL',
  'CLONE',
  'CONVERT',
  'FSCK',
  'REORG',
  'SYNC',
  'BEGIN',
  'DECLARE',
  'EXECUTE',
  'LIST',
  'REPAIR',
  'REPLACE',
]);

/** Translates one statement. @throws SqlError when it is no SQL, or holds more than one statement. */
export function translate(sql: string, parameters: Parameter[], environment: Environment): Plan {
  const tokens = bindParameters(oneStatement(sql), parameters);
  const first = tokens[0] as Token;
  const planner = first.kind === 'word' || first.text === '(' ? PLANNERS[first.value] : undefined;
  if (planner !== undefined) return planner(tokens, environment, sql);
  if (first.kind === 'word' && REFUSED.has(first.value)) throw unsupported(`${first.value} statements`);
  throw syntaxError(first.text, { offset: first.start, length: first.text.length });
}

function oneStatement(sql: string): Token[] {
  const tokens = tokenize(sql);
  while (tokens.at(-1)?.text === ';') tokens.pop();
  if (tokens.length === 0) throw syntaxError('', { offset: 0, length: 1 });
  const second = tokens.find((token) => token.kind === 'symbol' && token.text === ';');
  if (second !== undefined) throw syntaxError(';', { offset: second.start, length: 1 });
  return tokens;
}
