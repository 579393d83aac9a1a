import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { quoteText } from '../database.ts';
import { fullNameText } from '../unity/names.ts';
import { SqlError } from './error.ts';
import type { Environment } from './session.ts';

/** Files to read, and how. */
export interface FileSource {
  /** `/Volumes/…`, a file or a folder. */
  path: string;
  /** CSV, JSON or PARQUET, in capitals. */
  format: string;
  /** Options by lower-case name; true and false in lower case. */
  options: Record<string, string>;
  /** Names within the folder. */
  files?: string[];
  /** A glob that names within the folder must match. */
  pattern?: string;
}

/** Local paths of the files of a source, in order. @throws SqlError PATH_NOT_FOUND, INSUFFICIENT_PERMISSIONS */
export function findFiles(source: FileSource, environment: Environment): string[] {
  const found = environment.files.resolve(source.path);
  if (found !== undefined) environment.access.checkSql('volume', fullNameText(found.volume), 'READ VOLUME');
  if (found === undefined || !existsSync(found.local)) {
    throw new SqlError('PATH_NOT_FOUND', '42K03', `Path does not exist: ${source.path}.`);
  }
  if (statSync(found.local).isFile()) return [found.local];
  const pattern = source.pattern === undefined ? undefined : globPattern(source.pattern);
  return (source.files ?? namesBelow(found.local))
    .filter((name) => pattern === undefined || pattern.test(name))
    .map((name) => join(found.local, name))
    .sort();
}

/** DuckDB's table function for files. @throws SqlError for a format that the emulator does not read */
export function readerFor({ format, options }: FileSource, files: string[]): string {
  const list = `[${files.map(quoteText).join(', ')}]`;
  switch (format) {
    case 'CSV': {
      const text = isTrue(options.inferschema) || isTrue(options.header) ? '' : ', all_varchar = true';
      const missing = options.nullvalue === undefined ? '' : `, nullstr = ${quoteText(options.nullvalue)}`;
      const separator = quoteText(options.delimiter ?? options.sep ?? ',');
      return `read_csv(${list}, header = ${isTrue(options.header)}${text}, delim = ${separator}, quote = ${quoteText(options.quote ?? '"')}${missing}, union_by_name = true)`;
    }
    case 'JSON':
      return `read_json_auto(${list}, format = '${isTrue(options.multiline) ? 'auto' : 'newline_delimited'}', union_by_name = true)`;
    case 'PARQUET':
      return `read_parquet(${list}, union_by_name = true)`;
    default:
      throw new SqlError(
        'COPY_INTO_SOURCE_FILE_FORMAT_NOT_SUPPORTED',
        '0A000',
        `The format of the source files must be one of CSV, JSON, AVRO, ORC, PARQUET, TEXT, or BINARYFILE; the emulator reads CSV, JSON and PARQUET, and got ${format || 'none'}.`,
      );
  }
}

/** Options with names in lower case, as Databricks compares them. */
export function lowerNames(values: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name.toLowerCase(), value]));
}

/** Whether an option is true. */
export function isTrue(value: string | undefined): boolean {
  return value?.toLowerCase() === 'true';
}

/** `read_files('/Volumes/…', format => 'csv', …)`: a header is read, and types are inferred, unless told otherwise. */
export function readFilesCall(args: string[], options: Record<string, string>, environment: Environment): string {
  const [path = ''] = args;
  const extension = /\.(\w+)$/.exec(path)?.[1]?.toUpperCase() ?? '';
  const format = (options.format ?? extension).toUpperCase();
  const source: FileSource = { path, format, options: { header: 'true', inferschema: 'true', ...options } };
  return readerFor(source, findFiles(source, environment));
}

function namesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.part'))
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

function globPattern(glob: string): RegExp {
  const source = glob
    .replaceAll(/[.+^$()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
    .replaceAll(/\{([^{}]*)\}/g, (_, list: string) => `(?:${list.replaceAll(',', '|')})`);
  return new RegExp(`^${source}$`);
}
