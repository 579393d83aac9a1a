import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { quoteText } from '../database.ts';
import { fullNameText } from '../unity/names.ts';
import { SqlError } from './error.ts';
import type { Token } from './lexer.ts';
import { createReader, readProperties } from './reader.ts';
import { rewrite } from './rewrite.ts';
import { type Environment, type Plan, type Session, tableName } from './session.ts';
import { counts, runWrite } from './writes.ts';

interface Copy {
  path: string;
  /** Select list of `FROM (SELECT … FROM 'path')`, as DuckDB's text. */
  select: string;
  format: string;
  files: string[];
  pattern?: string;
  options: Record<string, string>;
  force: boolean;
}

/** Plans COPY INTO from files of a volume; a file that was loaded before is skipped unless `force` is set, as in Databricks. */
export function planCopyInto(tokens: Token[], environment: Environment): Plan {
  const reader = createReader(tokens, 1);
  reader.expect('INTO');
  const full = tableName(reader.readName(), environment);
  if (reader.eat('BY')) reader.expect('POSITION');
  reader.expect('FROM');
  const copy: Copy = { path: '', select: '*', format: '', files: [], options: {}, force: false };
  if (reader.peek()?.kind === 'string') copy.path = reader.readText();
  else {
    const inner = reader.readBrackets();
    const from = inner.findLastIndex((token) => token.kind === 'word' && token.value === 'FROM');
    copy.path = inner[from + 1]?.value ?? '';
    copy.select = rewrite(inner.slice(1, from), environment);
  }
  while (!reader.done) {
    if (reader.eat('FILEFORMAT')) {
      reader.eatSymbol('=');
      copy.format = reader.readWord().toUpperCase();
    } else if (reader.eat('FILES')) {
      reader.eatSymbol('=');
      copy.files = reader
        .readBrackets()
        .filter((token) => token.kind === 'string')
        .map((token) => token.value);
    } else if (reader.eat('PATTERN')) {
      reader.eatSymbol('=');
      copy.pattern = reader.readText();
    } else if (reader.eat('FORMAT_OPTIONS')) copy.options = lowerKeys(readProperties(reader));
    else if (reader.eat('COPY_OPTIONS')) copy.force = lowerKeys(readProperties(reader)).force === 'true';
    else reader.fail();
  }
  return { verb: 'COPY', run: (session) => copyInto(session, full, copy) };
}

async function copyInto(session: Session, full: ReturnType<typeof tableName>, copy: Copy): Promise<string> {
  const found = session.files.resolve(copy.path);
  if (found === undefined) throw pathNotFound(copy.path);
  session.access.checkSql('volume', fullNameText(found.volume), 'READ VOLUME');
  if (!existsSync(found.local)) throw pathNotFound(copy.path);
  const table = session.unity.tableMeta(full, false);
  const loaded = new Set(((table.loaded_files as string[] | undefined) ?? []).filter(() => !copy.force));
  const files = listFiles(found.local, copy).filter((file) => !loaded.has(stamp(file)));
  if (files.length === 0) return counts({ num_affected_rows: 0, num_inserted_rows: 0, num_skipped_corrupt_files: 0 });
  const source = readerOf(copy, files);
  const rows = await runWrite(session, {
    verb: 'INSERT',
    full,
    mode: 'append',
    sql: [`INSERT INTO ${session.unity.duckTable(full)} BY NAME SELECT ${copy.select} FROM ${source}`],
  });
  const all = [...((table.loaded_files as string[] | undefined) ?? []), ...files.map(stamp)];
  session.unity.tables.put(fullNameText(full), {
    ...session.unity.tableMeta(full, false),
    loaded_files: [...new Set(all)],
  });
  return counts({ num_affected_rows: rows, num_inserted_rows: rows, num_skipped_corrupt_files: 0 });
}

function listFiles(path: string, copy: Copy): string[] {
  if (statSync(path).isFile()) return [path];
  const names =
    copy.files.length > 0
      ? copy.files
      : readdirSync(path, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1));
  const pattern =
    copy.pattern === undefined
      ? undefined
      : new RegExp(
          `^${copy.pattern
            .replaceAll(/[.+^$()|[\]\\]/g, '\\$&')
            .replaceAll('*', '.*')
            .replaceAll('?', '.')
            .replaceAll(/\{([^}]*)\}/g, (_, list: string) => `(?:${list.replaceAll(',', '|')})`)}$`,
        );
  return names
    .filter((name) => pattern === undefined || pattern.test(name))
    .map((name) => join(path, name))
    .sort();
}

function readerOf(copy: Copy, files: string[]): string {
  const list = `[${files.map(quoteText).join(', ')}]`;
  const { options } = copy;
  switch (copy.format) {
    case 'CSV': {
      const header = options.header === 'true';
      const types = options.inferschema === 'true' || header ? '' : ', all_varchar = true';
      return `read_csv(${list}, header = ${header}${types}, delim = ${quoteText(options.delimiter ?? options.sep ?? ',')}, quote = ${quoteText(options.quote ?? '"')}${options.nullvalue === undefined ? '' : `, nullstr = ${quoteText(options.nullvalue)}`}, union_by_name = true)`;
    }
    case 'JSON':
      return `read_json_auto(${list}, format = '${options.multiline === 'true' ? 'auto' : 'newline_delimited'}', union_by_name = true)`;
    case 'PARQUET':
      return `read_parquet(${list}, union_by_name = true)`;
    default:
      throw new SqlError(
        'COPY_INTO_SOURCE_FILE_FORMAT_NOT_SUPPORTED',
        '0A000',
        `The format of the source files must be one of CSV, JSON, AVRO, ORC, PARQUET, TEXT, or BINARYFILE; the emulator reads CSV, JSON and PARQUET, and got ${copy.format || 'none'}.`,
      );
  }
}

// a file that was written anew counts as another file
function stamp(file: string): string {
  const { mtimeMs, size } = statSync(file);
  return `${file} ${size} ${mtimeMs}`;
}

function pathNotFound(path: string): SqlError {
  return new SqlError('PATH_NOT_FOUND', '42K03', `Path does not exist: ${path}.`);
}

function lowerKeys(values: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name.toLowerCase(),
      value.toLowerCase() === 'true' ? 'true' : value,
    ]),
  );
}
