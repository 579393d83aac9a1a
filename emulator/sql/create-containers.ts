import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { fullNameText } from '../unity/names.ts';
import { SqlError } from './error.ts';
import { type Reader, readProperties } from './reader.ts';
import {
  type Environment,
  NO_ROWS,
  type Plan,
  requireCatalog,
  requireSchema,
  schemaName,
  tableName,
} from './session.ts';

/** Plans CREATE SCHEMA. */
export function planSchema(reader: Reader, environment: Environment): Plan {
  const ifNotExists = reader.eat('IF', 'NOT', 'EXISTS');
  const { catalog, schema } = schemaName(reader.readName(), environment);
  const fields: { comment?: string; properties?: Record<string, string> } = {};
  for (;;) {
    if (reader.eat('COMMENT')) fields.comment = reader.readText();
    else if (reader.eat('WITH', 'DBPROPERTIES')) fields.properties = readProperties(reader);
    else if (reader.eat('MANAGED', 'LOCATION') || reader.eat('LOCATION')) reader.readText();
    else break;
  }
  reader.end();
  return {
    verb: 'CREATE',
    async run(session) {
      requireCatalog(catalog, session);
      session.access.checkSql('catalog', catalog, 'CREATE SCHEMA');
      const exists = (await session.unity.schemaNames(catalog)).includes(schema);
      if (exists && ifNotExists) return NO_ROWS;
      if (exists)
        throw new SqlError(
          'SCHEMA_ALREADY_EXISTS',
          '42P06',
          `Cannot create schema \`${catalog}\`.\`${schema}\` because it already exists.\nChoose a different name, drop the existing schema, or add the IF NOT EXISTS clause to tolerate pre-existing schema.`,
        );
      await session.unity.createSchema(catalog, schema, session.userName, fields);
      return NO_ROWS;
    },
  };
}

/** Plans CREATE CATALOG. */
export function planCatalog(reader: Reader): Plan {
  const ifNotExists = reader.eat('IF', 'NOT', 'EXISTS');
  const name = reader.readWord().toLowerCase();
  const fields: { comment?: string } = {};
  for (;;) {
    if (reader.eat('COMMENT')) fields.comment = reader.readText();
    else if (reader.eat('MANAGED', 'LOCATION')) reader.readText();
    else break;
  }
  reader.end();
  return {
    verb: 'CREATE',
    async run(session) {
      const exists = session.unity.catalogs.has(name);
      if (exists && ifNotExists) return NO_ROWS;
      if (exists)
        throw new SqlError(
          'CATALOG_ALREADY_EXISTS',
          '42P04',
          `Cannot create catalog \`${name}\` because it already exists.`,
        );
      await session.unity.createCatalog(name, session.userName, fields);
      return NO_ROWS;
    },
  };
}

/** Plans CREATE VOLUME. */
export function planVolume(reader: Reader, external: boolean, environment: Environment): Plan {
  const ifNotExists = reader.eat('IF', 'NOT', 'EXISTS');
  const full = tableName(reader.readName(), environment);
  const location = reader.eat('LOCATION') ? reader.readText() : undefined;
  const comment = reader.eat('COMMENT') ? reader.readText() : undefined;
  reader.end();
  return {
    verb: 'CREATE',
    async run(session) {
      await requireSchema(full.catalog, full.schema, session);
      const key = fullNameText(full);
      if (session.unity.volumes.has(key) && ifNotExists) return NO_ROWS;
      if (session.unity.volumes.has(key))
        throw new SqlError(
          'VOLUME_ALREADY_EXISTS',
          '42000',
          `Volume \`${full.catalog}\`.\`${full.schema}\`.\`${full.name}\` already exists.`,
        );
      const id = randomUUID();
      session.unity.volumes.put(key, {
        ...session.unity.newMeta(full.name, session.userName),
        volume_id: id,
        volume_type: external ? 'EXTERNAL' : 'MANAGED',
        storage_location: location ?? `s3://emulator/volumes/${id}`,
        ...(comment === undefined ? {} : { comment }),
      });
      mkdirSync(session.files.folderOf(full), { recursive: true });
      return NO_ROWS;
    },
  };
}
