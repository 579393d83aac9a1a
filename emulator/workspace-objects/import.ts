import { ApiError, invalid } from '../errors.ts';
import { fromHtml, fromJupyter, headerOf, type Language, languageOf, type Notebook } from './notebooks.ts';
import type { Tree } from './tree.ts';
import { readZip } from './zip.ts';

/** Base64 content of an import has at most so many characters. */
const CONTENT_LIMIT = 10 * 1024 * 1024;

/** What an import asks for. */
export interface ImportRequest {
  path: string;
  format: 'AUTO' | 'SOURCE' | 'HTML' | 'JUPYTER' | 'DBC' | 'R_MARKDOWN' | 'RAW';
  language?: Language;
  overwrite: boolean;
  content: Buffer;
}

/** Decodes base64 content. @throws ApiError MAX_NOTEBOOK_SIZE_EXCEEDED above 10 MB, INVALID_PARAMETER_VALUE for other text. */
export function decodeContent(text: string): Buffer {
  if (text.length > CONTENT_LIMIT) throw tooLarge();
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text.replaceAll(/\s/g, ''))) throw invalid("'content' must be base64-encoded.");
  return Buffer.from(text, 'base64');
}

/** The error for content above the limit. */
export function tooLarge(): ApiError {
  return new ApiError(
    400,
    'MAX_NOTEBOOK_SIZE_EXCEEDED',
    `The size of the content exceeds the limit (${CONTENT_LIMIT} bytes).`,
  );
}

/** Brings content into the tree. @throws ApiError when format, language and content do not go together. */
export function importObject(tree: Tree, request: ImportRequest): void {
  const { path, format, language, overwrite, content } = request;
  switch (format) {
    case 'RAW':
      tree.write(path, content, { type: 'FILE', overwrite });
      break;
    case 'DBC':
      importArchive(tree, request);
      break;
    case 'AUTO':
      importAuto(tree, request);
      break;
    default: {
      const notebook = notebookFrom(format, content, language);
      tree.write(path, Buffer.from(notebook.source), { type: 'NOTEBOOK', language: notebook.language, overwrite });
    }
  }
}

function notebookFrom(
  format: 'SOURCE' | 'HTML' | 'JUPYTER' | 'R_MARKDOWN',
  content: Buffer,
  language: Language | undefined,
): Notebook {
  switch (format) {
    case 'SOURCE':
      if (language === undefined)
        throw invalid('The language field is required for the format SOURCE of a single notebook.');
      return { source: content.toString(), language };
    case 'JUPYTER':
      return fromJupyter(content.toString(), language ?? 'PYTHON');
    case 'HTML':
      return fromHtml(content.toString());
    case 'R_MARKDOWN':
      return { source: content.toString(), language: 'R' };
    default:
      return format satisfies never;
  }
}

// a notebook is told by its extension and its first line, and loses the extension
function importAuto(tree: Tree, { path, content, overwrite }: ImportRequest): void {
  const language = languageOf(path);
  const bare = path.replace(/\.\w+$/, '');
  if (language !== undefined && content.toString('utf8', 0, 200).startsWith(headerOf(language))) {
    tree.write(bare, content, { type: 'NOTEBOOK', language, overwrite });
  } else if (path.endsWith('.ipynb')) {
    const { source, language: own } = fromJupyter(content.toString(), 'PYTHON');
    tree.write(bare, Buffer.from(source), { type: 'NOTEBOOK', language: own, overwrite });
  } else tree.write(path, content, { type: 'FILE', overwrite });
}

function importArchive(tree: Tree, { path, content, overwrite }: ImportRequest): void {
  if (overwrite) throw invalid("'overwrite' is not supported for the format DBC.");
  if (tree.get(path) !== undefined)
    throw new ApiError(400, 'RESOURCE_ALREADY_EXISTS', `Path (${path}) already exists.`);
  const entries = readZip(content);
  tree.makeFolder(path);
  for (const { name, bytes } of entries) {
    const { source, language } = JSON.parse(bytes.toString()) as { source: string; language: Language };
    const to = `${path}/${name.replace(/\.\w+$/, '')}`;
    tree.makeFolder(to.slice(0, to.lastIndexOf('/')));
    tree.write(to, Buffer.from(source), { type: 'NOTEBOOK', language, overwrite: false });
  }
}
