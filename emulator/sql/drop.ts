import { rmSync } from 'node:fs';
import { insufficient } from '../access.ts';
import { type FullName, fullNameText } from '../unity/names.ts';
import { SqlError, unsupported } from './error.ts';
import { tableNotFound } from './failure.ts';
import type { Token } from './lexer.ts';
import { createReader, type Reader } from './reader.ts';
import {
  type Environment,
  NO_ROWS,
  type Plan,
  requireCatalog,
  schemaName,
  schemaNotFound,
  tableName,
} from './session.ts';
import { planVariable } from './variables.ts';

/** Plans DROP TABLE, VIEW, SCHEMA, CATALOG and VOLUME. */
export function planDrop(tokens: Token[], environment: Environment): Plan {
  const reader = createReader(tokens, 1);
  if (reader.eat('TABLE')) return dropTable(reader, 'table', environment);
  if (reader.eat('VIEW')) return dropTable(reader, 'view', environment);
  if (reader.eat('SCHEMA') || reader.eat('DATABASE')) return dropSchema(reader, environment);
  if (reader.eat('CATALOG')) return dropCatalog(reader);
  if (reader.eat('VOLUME')) return dropVolume(reader, environment);
  if (reader.eat('TEMPORARY', 'FUNCTION') || reader.eat('TEMP', 'FUNCTION'))
    return dropFunction(reader, true, environment);
  if (reader.eat('FUNCTION')) return dropFunction(reader, false, environment);
  if (reader.at('TEMPORARY', 'VARIABLE') || reader.at('TEMP', 'VARIABLE')) return planVariable(tokens);
  throw unsupported(`DROP ${reader.peek()?.text ?? ''}`.trim());
}

function dropTable(reader: Reader, wanted: 'table' | 'view', environment: Environment): Plan {
  const ifExists = reader.eat('IF', 'EXISTS');
  const full = tableName(reader.readName(), environment);
  reader.end();
  return {
    verb: 'DROP',
    async run(session) {
      const kind = await session.unity.kindOf(full);
      if (kind === undefined && ifExists) return NO_ROWS;
      if (kind === undefined) throw tableNotFound(fullNameText(full));
      if (kind !== wanted) {
        throw new SqlError(
          'WRONG_COMMAND_FOR_OBJECT_TYPE',
          '42809',
          `The operation DROP ${wanted.toUpperCase()} requires a ${wanted.toUpperCase()}. But \`${full.catalog}\`.\`${full.schema}\`.\`${full.name}\` is a ${kind.toUpperCase()}. Use DROP ${kind.toUpperCase()} instead.`,
        );
      }
      if (full.catalog === 'samples') throw insufficient(`User does not have MANAGE on Table '${fullNameText(full)}'.`);
      await session.connection.run(`DROP ${wanted.toUpperCase()} ${session.unity.duckTable(full)}`);
      if (kind === 'table') await session.delta.forget(session.connection, full);
      session.unity.forgetTable(full);
      return NO_ROWS;
    },
  };
}

function dropFunction(reader: Reader, temporary: boolean, environment: Environment): Plan {
  const ifExists = reader.eat('IF', 'EXISTS');
  const full = tableName(reader.readName(), environment);
  reader.end();
  return {
    verb: 'DROP',
    async run(session) {
      const key = fullNameText(full);
      const exists = !temporary && session.unity.functions.has(key);
      if (!exists && !ifExists) throw routineNotFound(full);
      if (exists) session.unity.functions.delete(key);
      return NO_ROWS;
    },
  };
}

/** The error for a function that is not there. */
export function routineNotFound(full: FullName): SqlError {
  return new SqlError(
    'ROUTINE_NOT_FOUND',
    '42883',
    `The routine \`${full.catalog}\`.\`${full.schema}\`.\`${full.name}\` cannot be found. Verify the spelling and correctness of the schema and catalog.\nIf you did not qualify the name with a schema and catalog, verify the current_schema() output, or qualify the name with the correct schema and catalog.\nTo tolerate the error on drop use DROP ... IF EXISTS.`,
  );
}

function dropSchema(reader: Reader, environment: Environment): Plan {
  const ifExists = reader.eat('IF', 'EXISTS');
  const { catalog, schema } = schemaName(reader.readName(), environment);
  const cascade = reader.eat('CASCADE');
  reader.eat('RESTRICT');
  reader.end();
  return {
    verb: 'DROP',
    async run(session) {
      requireCatalog(catalog, session);
      if (!(await session.unity.schemaNames(catalog)).includes(schema)) {
        if (ifExists) return NO_ROWS;
        throw schemaNotFound(catalog, schema);
      }
      if (!cascade && (await session.unity.tableNames(catalog, schema)).length > 0) {
        throw new SqlError(
          'SCHEMA_NOT_EMPTY',
          '2BP01',
          `Cannot drop a schema \`${catalog}\`.\`${schema}\` because it contains objects.\nUse DROP SCHEMA ... CASCADE to drop the schema and all its objects.`,
        );
      }
      await session.unity.dropSchema(catalog, schema);
      return NO_ROWS;
    },
  };
}

function dropCatalog(reader: Reader): Plan {
  const ifExists = reader.eat('IF', 'EXISTS');
  const name = reader.readWord().toLowerCase();
  const cascade = reader.eat('CASCADE');
  reader.eat('RESTRICT');
  reader.end();
  return {
    verb: 'DROP',
    async run(session) {
      if (!session.unity.catalogs.has(name) && ifExists) return NO_ROWS;
      requireCatalog(name, session);
      const others = (await session.unity.schemaNames(name)).filter((schema) => schema !== 'default');
      const tables = await session.unity.tableNames(name);
      if (!cascade && others.length + tables.length > 0) {
        throw new SqlError(
          'CATALOG_NOT_EMPTY',
          '2BP01',
          `Cannot drop a catalog \`${name}\` because it contains objects.\nUse DROP CATALOG ... CASCADE to drop the catalog and all its objects.`,
        );
      }
      await session.unity.dropCatalog(name);
      return NO_ROWS;
    },
  };
}

function dropVolume(reader: Reader, environment: Environment): Plan {
  const ifExists = reader.eat('IF', 'EXISTS');
  const full = tableName(reader.readName(), environment);
  reader.end();
  return {
    verb: 'DROP',
    async run(session) {
      const exists = session.unity.volumes.has(fullNameText(full));
      if (!exists && !ifExists) {
        throw new SqlError(
          'VOLUME_NOT_FOUND',
          '42704',
          `Volume \`${full.catalog}\`.\`${full.schema}\`.\`${full.name}\` does not exist. Please use 'SHOW VOLUMES' to list available volumes.`,
        );
      }
      if (exists) rmSync(session.files.folderOf(full), { recursive: true, force: true });
      session.unity.volumes.delete(fullNameText(full));
      return NO_ROWS;
    },
  };
}
