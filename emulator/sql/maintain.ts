import { constantRows } from '../results/rows.ts';
import { fullNameText } from '../unity/names.ts';
import { prepareQuery } from './compile/run.ts';
import { SqlError } from './error.ts';
import { tableNotFound } from './failure.ts';
import type { Token } from './lexer.ts';
import { createReader } from './reader.ts';
import { type Environment, NO_ROWS, type Plan, tableName } from './session.ts';

/** Hours for which change data must be kept unless the check is turned off. */
const RETENTION_HOURS = 168;
const CHECK = 'spark.databricks.delta.retentionDurationCheck.enabled';

/**
 * Plans VACUUM: change data of all versions but the latest is gone afterwards when RETAIN is 0 hours.
 * The table property `delta.retentionDurationCheck.enabled = false` allows that, as the setting does on a cluster.
 */
export function planVacuum(tokens: Token[], environment: Environment): Plan {
  const reader = createReader(tokens, 1);
  const full = tableName(reader.readName(), environment);
  const hours = reader.eat('RETAIN') ? reader.readNumber() : RETENTION_HOURS;
  reader.eat('HOURS');
  const dry = reader.eat('DRY', 'RUN');
  reader.end();
  return {
    verb: 'VACUUM',
    async run(session) {
      const kind = await session.unity.kindOf(full);
      if (kind === undefined) throw tableNotFound(fullNameText(full));
      const meta = session.unity.tableMeta(full, kind === 'view');
      const checked = meta.properties?.['delta.retentionDurationCheck.enabled'] !== 'false';
      if (hours < RETENTION_HOURS && checked) {
        throw new SqlError(
          'DELTA_VACUUM_RETENTION_PERIOD_TOO_SHORT',
          '22003',
          `The specified VACUUM retention period is too low and may corrupt this Delta table if any writes are in progress.\n\nIf no operations (insert, upsert, delete, optimize) are running, you can disable this safety check by setting:\n${CHECK} = false\n\nOtherwise, use a retention period of at least ${RETENTION_HOURS} hours.`,
        );
      }
      if (!dry && hours === 0) await session.delta.vacuum(session.connection, full);
      return constantRows([{ name: 'path', type: 'VARCHAR' }], [[meta.storage_location ?? '']]);
    },
  };
}

/** Plans OPTIMIZE, which adds a commit without changes. */
export function planOptimize(tokens: Token[], environment: Environment): Plan {
  const reader = createReader(tokens, 1);
  const full = tableName(reader.readName(), environment);
  reader.rest();
  return {
    verb: 'OPTIMIZE',
    async run(session) {
      if ((await session.unity.kindOf(full)) === undefined) throw tableNotFound(fullNameText(full));
      session.delta.commit(full, {
        userName: session.userName,
        operation: 'OPTIMIZE',
        parameters: {},
        metrics: { numAddedFiles: '0', numRemovedFiles: '0' },
      });
      return constantRows(
        [{ name: 'path', type: 'VARCHAR' }],
        [[session.unity.tableMeta(full, false).storage_location ?? '']],
      );
    },
  };
}

/** Plans statements that a stateless statement accepts without an effect: USE, SET, ANALYZE, REFRESH, GRANT and their like. */
export function planNothing(verb: string): Plan {
  return { verb, run: async () => NO_ROWS };
}

/** Plans EXPLAIN of a query. */
export function planExplain(tokens: Token[], environment: Environment): Plan {
  const reader = createReader(tokens, 1);
  if (!reader.eat('EXTENDED') && !reader.eat('FORMATTED')) reader.eat('COST');
  const query = prepareQuery(reader.rest(), environment);
  return {
    verb: 'EXPLAIN',
    async run(session) {
      const plan = await session.connection.runAndReadAll(`EXPLAIN ${(await query(session)).sql}`);
      return constantRows(
        [{ name: 'plan', type: 'VARCHAR' }],
        [
          [
            `== Physical Plan ==\n${plan
              .getRowsJson()
              .map((row) => row[1])
              .join('\n')}`,
          ],
        ],
      );
    },
  };
}
