import { SqlError, syntaxError } from './error.ts';
import type { Token } from './lexer.ts';
import { createReader } from './reader.ts';
import { isWord, rewrite } from './rewrite.ts';
import { type Environment, type Plan, type Session, tableName } from './session.ts';
import { counts, plainAssignments, requireWritable } from './writes.ts';

/** Plans MERGE INTO. */
export function planMerge(tokens: Token[], environment: Environment): Plan {
  const reader = createReader(tokens, 1);
  const evolves = reader.eat('WITH', 'SCHEMA', 'EVOLUTION');
  reader.expect('INTO');
  const full = tableName(reader.readName(), environment);
  const text = evolves ? [tokens[0] as Token, ...tokens.slice(4)] : tokens;
  const sql = `${rewrite(plainAssignments(text), environment)} RETURNING merge_action`;
  const ambiguous = ambiguityQuery(text, environment);
  return {
    verb: 'MERGE',
    async run(session) {
      await requireWritable(full, session);
      return session.delta.write(session.connection, full, 'change', async () => {
        if (ambiguous !== undefined) await refuseAmbiguous(session, ambiguous);
        return runMerge(session, sql);
      });
    },
  };
}

async function runMerge(session: Session, sql: string) {
  const done = await session.connection.runAndReadAll(sql);
  const actions = done.getRowsJson().map(([action]) => String(action));
  const of = (name: string) => actions.filter((action) => action === name).length;
  const [updated, deleted, inserted] = [of('UPDATE'), of('DELETE'), of('INSERT')];
  const result = counts({
    num_affected_rows: actions.length,
    num_updated_rows: updated,
    num_deleted_rows: deleted,
    num_inserted_rows: inserted,
  });
  const metrics = {
    numTargetRowsUpdated: String(updated),
    numTargetRowsDeleted: String(deleted),
    numTargetRowsInserted: String(inserted),
  };
  return { result, commit: { userName: session.userName, operation: 'MERGE', parameters: {}, metrics } };
}

/**
 * The query that finds a target row which several source rows would change; DuckDB would let the last one win, Delta fails.
 * Nothing to find where matched rows are not changed, or only deleted without a condition.
 */
function ambiguityQuery(tokens: Token[], environment: Environment): string | undefined {
  const using = outer(tokens, 0, 'USING');
  const on = outer(tokens, using, 'ON');
  const when = outer(tokens, on, 'WHEN');
  const clauses = matchedClauses(tokens.slice(when));
  const onlyDelete = clauses.length === 1 && clauses[0]?.condition.length === 0 && clauses[0].action === 'DELETE';
  if (clauses.length === 0 || onlyDelete) return undefined;
  const target = tokens.slice(2, using);
  const last = target.at(-1) as Token;
  const alias = rewrite([last], environment);
  const unconditional = clauses.some((clause) => clause.condition.length === 0);
  const conditions = clauses.map((clause) => `(${rewrite(clause.condition, environment)})`).join(' OR ');
  const where = unconditional ? '' : ` WHERE ${conditions}`;
  const [left, right, match] = [target, tokens.slice(using + 1, on), tokens.slice(on + 1, when)].map((part) =>
    rewrite(part, environment),
  );
  return `SELECT 1 FROM ${left} JOIN ${right} ON ${match}${where} GROUP BY ${alias}.rowid HAVING count(*) > 1 LIMIT 1`;
}

async function refuseAmbiguous(session: Session, query: string): Promise<void> {
  const found = await session.connection.runAndReadAll(query);
  if (found.currentRowCount === 0) return;
  throw new SqlError(
    'DELTA_MULTIPLE_SOURCE_ROW_MATCHING_TARGET_ROW_IN_MERGE',
    '21506',
    'Cannot perform Merge as multiple source rows matched and attempted to modify the same\ntarget row in the Delta table in possibly conflicting ways. By SQL semantics of Merge,\nwhen multiple source rows match on the same target row, the result may be ambiguous\nas it is unclear which source row should be used to update or delete the matching\ntarget row. You can preprocess the source table to eliminate the possibility of\nmultiple matches.',
  );
}

// WHEN MATCHED [AND condition] THEN action
function matchedClauses(tokens: Token[]): { condition: Token[]; action: string }[] {
  const clauses: { condition: Token[]; action: string }[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    if (!isWord(tokens[at], 'WHEN') || !isWord(tokens[at + 1], 'MATCHED')) continue;
    const then = outer(tokens, at, 'THEN');
    clauses.push({ condition: tokens.slice(at + 3, then), action: tokens[then + 1]?.value ?? '' });
  }
  return clauses;
}

// the next keyword that is not inside brackets; CASE has its own WHEN and THEN, which end with END
function outer(tokens: Token[], from: number, word: string): number {
  let depth = 0;
  for (let at = from + 1; at < tokens.length; at += 1) {
    const token = tokens[at] as Token;
    if ((token.kind === 'symbol' && token.text === '(') || isWord(token, 'CASE')) depth += 1;
    if ((token.kind === 'symbol' && token.text === ')') || isWord(token, 'END')) depth -= 1;
    if (depth === 0 && isWord(token, word)) return at;
  }
  throw syntaxError('');
}
