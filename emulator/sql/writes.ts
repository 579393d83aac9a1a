import { insufficient } from '../access.ts';
import { constantRows } from '../results/rows.ts';
import { type FullName, fullNameText } from '../unity/names.ts';
import { prepareChange, prepareDelete } from './compile/change.ts';
import { prepareInsert } from './compile/insert.ts';
import type { Later } from './compile/write.ts';
import { enforceChecks, hasChecks } from './constraints.ts';
import { SqlError, syntaxError, unsupported } from './error.ts';
import { tableNotFound } from './failure.ts';
import type { Token } from './lexer.ts';
import { createReader, type Reader } from './reader.ts';
import { type Environment, NO_ROWS, type Plan, type Session, tableName } from './session.ts';
import { columnFacts, factsOf } from './table-facts.ts';

/** Plans INSERT, UPDATE, DELETE and TRUNCATE. */
export function planWrite(tokens: Token[], environment: Environment): Plan {
  const reader = createReader(tokens);
  const verb = reader.readWord().toUpperCase();
  switch (verb) {
    case 'INSERT':
      return planInsert(reader, environment);
    case 'UPDATE':
      return simple(verb, target(reader, environment), (full) => prepareChange(tokens, full, environment));
    case 'DELETE':
      reader.expect('FROM');
      return simple(verb, target(reader, environment), (full) => prepareChange(tokens, full, environment));
    case 'TRUNCATE': {
      reader.expect('TABLE');
      const full = target(reader, environment);
      reader.end();
      return simple(verb, full, () => async () => `DELETE FROM ${environment.unity.duckTable(full)}`);
    }
    default:
      throw syntaxError(verb);
  }
}

/** Checks that rows of a table may be changed. @throws SqlError TABLE_OR_VIEW_NOT_FOUND, INSUFFICIENT_PERMISSIONS, or for a view. */
export async function requireWritable(full: FullName, environment: Environment): Promise<void> {
  environment.access.checkSql('table', fullNameText(full), 'MODIFY');
  const kind = await environment.unity.kindOf(full);
  if (kind === undefined) throw tableNotFound(fullNameText(full));
  if (full.catalog === 'samples') throw insufficient(`User does not have MODIFY on Table '${fullNameText(full)}'.`);
  if (kind === 'view') {
    throw new SqlError(
      'EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE',
      '42809',
      `\`${full.catalog}\`.\`${full.schema}\`.\`${full.name}\` is a view, and a table is expected here.`,
    );
  }
}

/** Runs a statement that changes rows of one table; answers how many it changed. */
export async function runWrite(
  session: Session,
  write: { verb: string; full: FullName; mode: 'append' | 'change'; sql: Later[] },
): Promise<number> {
  const { verb, full, mode, sql } = write;
  await requireWritable(full, session);
  const work = async () => {
    let changed = 0;
    const texts: string[] = [];
    for (const later of sql) texts.push(await later(session));
    for (const text of texts) changed = (await session.connection.run(text)).rowsChanged;
    const metrics = { [METRICS[verb] ?? 'numOutputRows']: String(changed) };
    return {
      result: changed,
      commit: { userName: session.userName, operation: verb === 'INSERT' ? 'WRITE' : verb, parameters: {}, metrics },
    };
  };
  return writeChecked(session, full, mode, work, sql.length > 1);
}

/** Writes a table, and takes the write back when a CHECK constraint does not hold afterwards, or when one of `several` statements fails. */
export function writeChecked<T>(
  session: Session,
  full: FullName,
  mode: 'append' | 'change',
  work: Parameters<typeof session.delta.write<T>>[3],
  several = false,
): Promise<T> {
  const isChecked = hasChecks(session, full);
  if (!isChecked && !several) return session.delta.write(session.connection, full, mode, work);
  const checked = async () => {
    const done = await work();
    if (isChecked) await enforceChecks(session, full);
    return done;
  };
  // a table with a change data feed is written in a transaction anyhow
  if (session.delta.isTracked(full)) return session.delta.write(session.connection, full, mode, checked);
  return session.delta.write(session.connection, full, mode, async () => {
    await session.connection.run('BEGIN');
    try {
      const done = await checked();
      await session.connection.run('COMMIT');
      return done;
    } catch (error) {
      await session.connection.run('ROLLBACK').catch(() => undefined);
      throw error;
    }
  });
}

const METRICS: Record<string, string> = {
  UPDATE: 'numUpdatedRows',
  DELETE: 'numDeletedRows',
  TRUNCATE: 'numDeletedRows',
};

function simple(verb: string, full: FullName, prepare: (full: FullName) => Later): Plan {
  const later = prepare(full);
  return {
    verb,
    async run(session) {
      const changed = await runWrite(session, { verb, full, mode: 'change', sql: [later] });
      return verb === 'TRUNCATE' ? NO_ROWS : counts({ num_affected_rows: changed });
    },
  };
}

function planInsert(reader: Reader, environment: Environment): Plan {
  const overwrite = reader.eat('OVERWRITE');
  if (!overwrite) reader.expect('INTO');
  else reader.eat('INTO');
  reader.eat('TABLE');
  const full = target(reader, environment);
  const table = environment.unity.duckTable(full);
  const fixed = reader.eat('PARTITION') ? readPartition(reader.readBrackets()) : [];
  const before: Later[] = [];
  if (overwrite) before.push(async () => `DELETE FROM ${table}`);
  if (reader.eat('REPLACE', 'WHERE')) {
    const { condition, rest } = untilQuery(reader.rest());
    before.push(prepareDelete(full, condition));
    return insertPlan(full, namesOf(rest), [
      ...before,
      prepareInsert(full, rest, { byName: false, where: condition }, environment),
    ]);
  }
  const byName = reader.eat('BY', 'NAME');
  const rest = reader.rest();
  if (rest.length === 0) throw syntaxError('');
  if (overwrite && fixed.length > 0)
    before.splice(
      0,
      1,
      prepareDelete(
        full,
        fixed.flatMap(({ name, value }, index) => [
          ...(index === 0 ? [] : [word('AND')]),
          name,
          symbol('<=>'),
          ...value,
        ]),
      ),
    );
  const options = {
    byName,
    fixed: fixed.map(({ name, value }) => ({ name: name.kind === 'name' ? name.value : name.text, value })),
  };
  return insertPlan(full, byName ? [] : namesOf(rest), [...before, prepareInsert(full, rest, options, environment)]);
}

const word = (text: string): Token => ({ kind: 'word', text, value: text, start: 0, end: 0 });
const symbol = (text: string): Token => ({ kind: 'symbol', text, value: text, start: 0, end: 0 });

const isWord = (token: Token | undefined, ...words: string[]): boolean =>
  token?.kind === 'word' && words.includes(token.value);

// PARTITION (p = 'a', q = 2); a partition without a value takes it from the query
function readPartition(tokens: Token[]): { name: Token; value: Token[] }[] {
  const reader = createReader(tokens);
  const found: { name: Token; value: Token[] }[] = [];
  while (!reader.done) {
    const name = reader.take();
    if (!reader.eatSymbol('=')) throw unsupported('PARTITION without a value');
    const value: Token[] = [];
    while (!reader.done && reader.peek()?.text !== ',') value.push(reader.take());
    found.push({ name, value });
    reader.eatSymbol(',');
  }
  return found;
}

/** A column that is GENERATED ALWAYS takes no value from an INSERT; without a list of columns all are given. */
function refuseIdentity(session: Session, full: FullName, named: string[] | undefined): void {
  const facts = factsOf(session.unity, full);
  const always = Object.keys(facts.column_facts ?? {}).filter((name) => columnFacts(facts, name).identity?.always);
  const given = always.find((name) => named === undefined || named.includes(name));
  if (given === undefined) return;
  throw new SqlError(
    'DELTA_IDENTITY_COLUMNS_EXPLICIT_INSERT_NOT_SUPPORTED',
    '42808',
    `Providing values for GENERATED ALWAYS AS IDENTITY column ${given} is not supported.`,
  );
}

// the names of `(a, b) VALUES …`
function namesOf(tokens: Token[]): string[] | undefined {
  if (tokens[0]?.text !== '(' || tokens[0].kind !== 'symbol' || isWord(tokens[1], 'SELECT', 'WITH', 'VALUES'))
    return undefined;
  const end = tokens.findIndex((token) => token.kind === 'symbol' && token.text === ')');
  return tokens
    .slice(1, end)
    .filter((token) => token.kind === 'word' || token.kind === 'name')
    .map((token) => (token.kind === 'name' ? token.value : token.text).toLowerCase());
}

function insertPlan(full: FullName, named: string[] | undefined, sql: Later[]): Plan {
  return {
    verb: 'INSERT',
    async run(session) {
      refuseIdentity(session, full, named);
      const changed = await runWrite(session, {
        verb: 'INSERT',
        full,
        mode: sql.length > 1 ? 'change' : 'append',
        sql,
      });
      return counts({ num_affected_rows: changed, num_inserted_rows: changed });
    },
  };
}

/** The one row of counts that a write answers. */
export function counts(values: Record<string, number>): string {
  return constantRows(
    Object.keys(values).map((name) => ({ name, type: 'BIGINT' })),
    [Object.values(values)],
  );
}

function target(reader: Reader, environment: Environment): FullName {
  return tableName(reader.readName(), environment);
}

function untilQuery(tokens: Token[]): { condition: Token[]; rest: Token[] } {
  let depth = 0;
  const at = tokens.findIndex((token) => {
    if (token.kind === 'symbol' && token.text === '(') depth += 1;
    if (token.kind === 'symbol' && token.text === ')') depth -= 1;
    return depth === 0 && isWord(token, 'SELECT', 'VALUES', 'WITH', 'TABLE');
  });
  if (at < 0) throw syntaxError('');
  return { condition: tokens.slice(0, at), rest: tokens.slice(at) };
}
