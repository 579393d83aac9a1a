import { statSync } from 'node:fs';
import { type FullName, fullNameText } from '../unity/names.ts';
import { prepareInsert } from './compile/insert.ts';
import { type Token, tokenize } from './lexer.ts';
import { type FileSource, findFiles, isTrue, lowerNames, readerFor } from './read-files.ts';
import { createReader, type Reader, readProperties } from './reader.ts';
import { type Environment, type Plan, type Session, tableName } from './session.ts';
import { counts, requireWritable, runWrite } from './writes.ts';

interface Copy {
  source: FileSource;
  /** `SELECT … FROM copy_source()`: what `FROM (SELECT … FROM 'path')` asks for. */
  select: Token[];
  force: boolean;
}

/** Plans COPY INTO from files of a volume; a file that was loaded before is skipped unless `force` is set, as in Databricks. */
export function planCopyInto(tokens: Token[], environment: Environment): Plan {
  const reader = createReader(tokens, 1);
  reader.expect('INTO');
  const full = tableName(reader.readName(), environment);
  if (reader.eat('BY')) reader.expect('POSITION');
  reader.expect('FROM');
  const copy = readSource(reader, environment);
  while (!reader.done) readOption(reader, copy);
  return { verb: 'COPY', run: (session) => copyInto(session, full, copy) };
}

function readSource(reader: Reader, _environment: Environment): Copy {
  const source: FileSource = { path: '', format: '', options: {} };
  if (reader.peek()?.kind === 'string')
    return {
      source: { ...source, path: reader.readText() },
      select: tokenize('SELECT * FROM copy_source()'),
      force: false,
    };
  const inner = reader.readBrackets();
  const from = inner.findLastIndex((token) => token.kind === 'word' && token.value === 'FROM');
  return {
    source: { ...source, path: inner[from + 1]?.value ?? '' },
    select: [...inner.slice(0, from + 1), ...tokenize('copy_source()'), ...inner.slice(from + 2)],
    force: false,
  };
}

function readOption(reader: Reader, copy: Copy): void {
  if (reader.eat('FORMAT_OPTIONS')) copy.source.options = lowerNames(readProperties(reader));
  else if (reader.eat('COPY_OPTIONS')) copy.force = isTrue(lowerNames(readProperties(reader)).force);
  else {
    const name = reader.readWord().toUpperCase();
    if (!reader.eatSymbol('=')) reader.fail();
    if (name === 'FILEFORMAT') copy.source.format = reader.readWord().toUpperCase();
    else if (name === 'PATTERN') copy.source.pattern = reader.readText();
    else if (name === 'FILES')
      copy.source.files = reader
        .readBrackets()
        .filter((token) => token.kind === 'string')
        .map((token) => token.value);
    else reader.fail();
  }
}

async function copyInto(session: Session, full: FullName, { source, select, force }: Copy): Promise<string> {
  await requireWritable(full, session);
  const before = (session.unity.tableMeta(full, false).loaded_files as string[] | undefined) ?? [];
  const loaded = new Set(force ? [] : before);
  const files = findFiles(source, session).filter((file) => !loaded.has(stamp(file)));
  if (files.length === 0) return answer(0);
  // without a header columns have no names that could match
  const byName = source.format !== 'CSV' || isTrue(source.options.header);
  const insert = prepareInsert(full, select, { byName }, session);
  const later = (given: Session) => insert({ ...given, copySource: readerFor(source, files) });
  const rows = await runWrite(session, { verb: 'INSERT', full, mode: 'append', sql: [later] });
  const loaded_files = [...new Set([...before, ...files.map(stamp)])];
  session.unity.tables.put(fullNameText(full), { ...session.unity.tableMeta(full, false), loaded_files });
  return answer(rows);
}

function answer(rows: number): string {
  return counts({ num_affected_rows: rows, num_inserted_rows: rows, num_skipped_corrupt_files: 0 });
}

// a file that was rewritten counts as another file
function stamp(file: string): string {
  const { mtimeMs, size } = statSync(file);
  return `${file} ${size} ${mtimeMs}`;
}
