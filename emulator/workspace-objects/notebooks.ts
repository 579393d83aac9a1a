import { invalid } from '../errors.ts';
import { isObject } from '../json.ts';

/** Languages of notebooks. */
export type Language = 'PYTHON' | 'SQL' | 'SCALA' | 'R';

/** A notebook's text, with its cells parted by comments. */
export interface Notebook {
  source: string;
  language: Language;
}

const COMMENTS: Record<Language, string> = { PYTHON: '#', SQL: '--', SCALA: '//', R: '#' };
const EXTENSIONS: Record<string, Language> = { py: 'PYTHON', sql: 'SQL', scala: 'SCALA', r: 'R' };

/** The language of a file name, if it is that of a notebook's source. */
export function languageOf(path: string): Language | undefined {
  return EXTENSIONS[/\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? ''];
}

/** The extension of a notebook's source. */
export function extensionOf(language: Language): string {
  return (Object.entries(EXTENSIONS).find(([, value]) => value === language) as [string, Language])[0];
}

/** The first line that tells a notebook's source from a plain file. */
export function headerOf(language: Language): string {
  return `${COMMENTS[language]} Databricks notebook source`;
}

/** Jupyter's JSON for a notebook's source. */
export function toJupyter(source: string, language: Language): string {
  const cells = cellsOf(source, language).map((cell) => {
    const lines = cell.split(/(?<=\n)/);
    const markdown = /^%md\b/.test(cell);
    const code = { execution_count: 0, outputs: [] };
    return {
      cell_type: markdown ? 'markdown' : 'code',
      metadata: {},
      source: markdown ? cell.replace(/^%md\s?/, '').split(/(?<=\n)/) : lines,
      ...(markdown ? {} : code),
    };
  });
  return JSON.stringify({
    cells,
    metadata: { language_info: { name: language.toLowerCase() } },
    nbformat: 4,
    nbformat_minor: 0,
  });
}

/** A notebook's source and language from Jupyter's JSON. @throws ApiError INVALID_PARAMETER_VALUE when it is none. */
export function fromJupyter(text: string, fallback: Language): Notebook {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = undefined;
  }
  if (!isObject(parsed) || !Array.isArray(parsed.cells))
    throw invalid('The content is not a Jupyter notebook: it has no list of cells.');
  const info =
    isObject(parsed.metadata) && isObject(parsed.metadata.language_info)
      ? String(parsed.metadata.language_info.name)
      : '';
  const language =
    (['PYTHON', 'SQL', 'SCALA', 'R'] as const).find((name) => name.toLowerCase() === info.toLowerCase()) ?? fallback;
  const cells = parsed.cells.filter(isObject).map((cell) => {
    const body = Array.isArray(cell.source) ? cell.source.join('') : String(cell.source ?? '');
    return cell.cell_type === 'markdown' ? magic(`%md\n${body}`, language) : body;
  });
  return {
    source: `${headerOf(language)}\n${cells.join(`\n\n${COMMENTS[language]} COMMAND ----------\n\n`)}\n`,
    language,
  };
}

/** A page that shows a notebook, and from which it can be imported again. */
export function toHtml(source: string, language: Language): string {
  const model = Buffer.from(JSON.stringify({ source, language })).toString('base64');
  const shown = cellsOf(source, language).map(
    (cell) => `<pre>${cell.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</pre>`,
  );
  return `<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>Databricks notebook</title>\n<script>var __DATABRICKS_NOTEBOOK_MODEL = '${model}';</script></head>\n<body>${shown.join('\n')}</body></html>\n`;
}

/** A notebook from a page that `toHtml` made. @throws ApiError INVALID_PARAMETER_VALUE for any other page. */
export function fromHtml(text: string): Notebook {
  const model = /__DATABRICKS_NOTEBOOK_MODEL = '([^']+)'/.exec(text)?.[1];
  if (model === undefined) throw invalid('The content is not the HTML of an exported notebook.');
  return JSON.parse(Buffer.from(model, 'base64').toString()) as Notebook;
}

function cellsOf(source: string, language: Language): string[] {
  const comment = COMMENTS[language];
  const body = source.startsWith(headerOf(language))
    ? source.slice(headerOf(language).length).replace(/^\r?\n/, '')
    : source;
  return body
    .split(`${comment} COMMAND ----------`)
    .map((cell) => cell.trim().replaceAll(new RegExp(`^${comment} MAGIC ?`, 'gm'), ''));
}

function magic(text: string, language: Language): string {
  return text
    .split('\n')
    .map((line) => `${COMMENTS[language]} MAGIC ${line}`)
    .join('\n');
}
