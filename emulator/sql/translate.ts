import { planAlter, planComment } from './alter.ts';
import type { Query } from './compile/ast.ts';
import { parseQuery } from './compile/parse-query.ts';
import { prepareParsed } from './compile/run.ts';
import { cacheKey, keepParsed, parsedBefore } from './compile/statement-cache.ts';
import { planCopyInto } from './copy-into.ts';
import { planCreate } from './create.ts';
import { planDescribe } from './describe.ts';
import { planDrop } from './drop.ts';
import { syntaxError, unsupported } from './error.ts';
import { planExecute } from './execute-immediate.ts';
import { type Token, tokenize } from './lexer.ts';
import { planNothing, planOptimize, planSetting, planTableUpkeep, planUse, planVacuum } from './maintain.ts';
import { planMerge } from './merge.ts';
import { bindParameters, type Parameter } from './parameters.ts';
import { planRestore } from './restore.ts';
import type { Environment, Plan } from './session.ts';
import { planShow } from './show.ts';
import { planVariable } from './variables.ts';
import { planWrite } from './writes.ts';

type Planner = (tokens: Token[], environment: Environment, sql: string) => Plan;

const query: Planner = (tokens, environment) => selectPlan(parseQuery(tokens), environment);

function selectPlan(parsed: Query, environment: Environment): Plan {
  return { verb: 'SELECT', run: prepareParsed(parsed, environment) };
}

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
  VACUUM: planVacuum,
  OPTIMIZE: planOptimize,
  COPY: planCopyInto,
  EXECUTE: (tokens) => planExecute(tokens, translate),
  DECLARE: planVariable,
  RESTORE: planRestore,
  USE: planUse,
  SET: (tokens) => (['VAR', 'VARIABLE'].includes(tokens[1]?.value ?? '') ? planVariable(tokens) : planSetting(tokens)),
  RESET: nothing,
  ANALYZE: planTableUpkeep,
  REFRESH: planTableUpkeep,
  CACHE: planTableUpkeep,
  UNCACHE: planTableUpkeep,
  MSCK: planTableUpkeep,
};
/** Verbs of Databricks SQL that the emulator knows and refuses. */
const REFUSED = new Set([
  'DENY',
  'EXPLAIN',
  'GRANT',
  'REVOKE',
  'UNDROP',
  'CALL',
  'CLONE',
  'CONVERT',
  'FSCK',
  'REORG',
  'SYNC',
  'BEGIN',
  'LIST',
  'REPAIR',
  'REPLACE',
]);

/** Translates one statement. @throws SqlError when it is no SQL, or holds more than one statement. */
export function translate(sql: string, parameters: Parameter[], environment: Environment): Plan {
  const key = cacheKey(sql, parameters);
  const known = parsedBefore(key);
  if (known !== undefined) return selectPlan(known, environment);
  const tokens = bindParameters(oneStatement(sql), parameters);
  const first = tokens[0] as Token;
  const planner = first.kind === 'word' || first.text === '(' ? PLANNERS[first.value] : undefined;
  if (planner === query) {
    const parsed = parseQuery(tokens);
    keepParsed(key, parsed);
    return selectPlan(parsed, environment);
  }
  if (planner !== undefined) return planner(tokens, environment, sql);
  if (first.kind === 'word' && REFUSED.has(first.value)) throw unsupported(`${first.value} statements`);
  throw syntaxError(first.text, { offset: first.start, length: first.text.length });
}

// BEGIN … END, maybe with a label before it
function isScript(tokens: Token[]): boolean {
  const [first, second, third] = tokens;
  return first?.value === 'BEGIN' || (second?.text === ':' && third?.value === 'BEGIN');
}

function oneStatement(sql: string): Token[] {
  const tokens = tokenize(sql);
  while (tokens.at(-1)?.text === ';') tokens.pop();
  if (tokens.length === 0) throw syntaxError('', { offset: 0, length: 1 });
  if (isScript(tokens)) throw unsupported('SQL scripting (BEGIN … END)');
  const second = tokens.find((token) => token.kind === 'symbol' && token.text === ';');
  if (second !== undefined) throw syntaxError(';', { offset: second.start, length: 1 });
  return tokens;
}
