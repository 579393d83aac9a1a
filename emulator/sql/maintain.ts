import { constantRows } from '../results/rows.ts';
import { fullNameText } from '../unity/names.ts';
import { SqlError, unsupported } from './error.ts';
import { tableNotFound } from './failure.ts';
import type { Token } from './lexer.ts';
import { createReader } from './reader.ts';
import {
  type Environment,
  NO_ROWS,
  type Plan,
  requireCatalog,
  requireSchema,
  schemaName,
  tableName,
} from './session.ts';

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

/** Plans statements that a stateless statement accepts without an effect. */
export function planNothing(verb: string): Plan {
  return { verb, run: async () => NO_ROWS };
}

/** Plans USE: what it names must be there, and it is gone with its statement. */
export function planUse(tokens: Token[], environment: Environment): Plan {
  const reader = createReader(tokens, 1);
  const isCatalog = reader.eat('CATALOG');
  if (!isCatalog && !reader.eat('SCHEMA')) reader.eat('DATABASE');
  const parts = reader.peek()?.kind === 'string' ? [reader.readText()] : reader.readName();
  reader.end();
  return {
    verb: 'USE',
    async run(session) {
      if (isCatalog) requireCatalog((parts[0] ?? '').toLowerCase(), session);
      else {
        const { catalog, schema } = schemaName(parts, environment);
        await requireSchema(catalog, schema, session);
      }
      return NO_ROWS;
    },
  };
}

/** Plans ANALYZE, REFRESH, CACHE, UNCACHE and MSCK REPAIR of a table, which must be there. */
export function planTableUpkeep(tokens: Token[], environment: Environment): Plan {
  const reader = createReader(tokens, 1);
  const verb = (tokens[0] as Token).value;
  reader.eat('REPAIR');
  reader.eat('LAZY');
  if (!reader.eat('TABLE')) throw unsupported(`${verb} ${reader.peek()?.value ?? ''}`.trim());
  const ifExists = reader.eat('IF', 'EXISTS');
  const full = tableName(reader.readName(), environment);
  return {
    verb,
    async run(session) {
      if (!ifExists && (await session.unity.kindOf(full)) === undefined) throw tableNotFound(fullNameText(full));
      return NO_ROWS;
    },
  };
}

/** Parameters that a SQL warehouse takes: https://docs.databricks.com/sql/language-manual/sql-ref-parameters */
const SETTINGS = new Set(
  'ANSI_MODE ENABLE_PHOTON LEGACY_TIME_PARSER_POLICY MAX_FILE_PARTITION_BYTES QUERY_TAGS READ_ONLY_EXTERNAL_METASTORE STATEMENT_TIMEOUT TIMEZONE USE_CACHED_RESULT'.split(
    ' ',
  ),
);

/** Plans SET of a parameter, which is gone with its statement. */
export function planSetting(tokens: Token[]): Plan {
  const reader = createReader(tokens, 1);
  if (reader.done) throw unsupported('SET without a parameter');
  if (!reader.at('TIME') || reader.peek(1)?.value !== 'ZONE') {
    const name = reader.readName().join('.');
    if (!SETTINGS.has(name.toUpperCase()))
      throw new SqlError('CONFIG_NOT_AVAILABLE', '42K0I', `Configuration ${name} is not available.`);
  }
  return { verb: 'SET', run: async () => NO_ROWS };
}
