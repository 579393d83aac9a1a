import { invalid } from '../errors.ts';
import { tooLarge } from './import.ts';
import { extensionOf, headerOf, type Language, toHtml, toJupyter } from './notebooks.ts';
import { type Entry, isFolder, type Tree } from './tree.ts';
import { writeZip } from './zip.ts';

/** Exports above this size are refused. */
const EXPORT_LIMIT = 10 * 1024 * 1024;

/** An object's bytes in a format, and the extension they have. @throws ApiError when the object has no such form. */
export function exportObject(tree: Tree, entry: Entry, format: string): { bytes: Buffer; type: string } {
  const done = isFolder(entry) ? exportFolder(tree, entry, format) : exportOne(tree, entry, format);
  if (done.bytes.length > EXPORT_LIMIT) throw tooLarge();
  return done;
}

function exportOne(tree: Tree, entry: Entry, format: string): { bytes: Buffer; type: string } {
  const content = tree.read(entry);
  if (entry.object_type === 'FILE') {
    if (!['AUTO', 'RAW', 'SOURCE'].includes(format))
      throw invalid(`A file cannot be exported as ${format}; use AUTO, RAW or SOURCE.`);
    return { bytes: content, type: /\.(\w+)$/.exec(entry.path)?.[1] ?? '' };
  }
  const language = entry.language as Language;
  const text = content.toString();
  switch (format) {
    case 'HTML':
      return { bytes: Buffer.from(toHtml(text, language)), type: 'html' };
    case 'JUPYTER':
      return { bytes: Buffer.from(toJupyter(text, language)), type: 'ipynb' };
    case 'DBC':
      return { bytes: archive([entry], tree, entry.path), type: 'dbc' };
    case 'R_MARKDOWN':
      if (language !== 'R') throw invalid('Only notebooks in R can be exported as R_MARKDOWN.');
      return { bytes: content, type: 'Rmd' };
    case 'RAW':
      throw invalid('A notebook cannot be exported as RAW; use SOURCE.');
    default:
      return { bytes: Buffer.from(withHeader(text, language)), type: extensionOf(language) };
  }
}

function exportFolder(tree: Tree, entry: Entry, format: string): { bytes: Buffer; type: string } {
  const notebooks = tree.below(entry.path).filter((item) => item.object_type === 'NOTEBOOK');
  const start = entry.path === '/' ? 1 : entry.path.length + 1;
  if (format === 'DBC') return { bytes: archive(notebooks, tree, entry.path), type: 'dbc' };
  if (format !== 'SOURCE' && format !== 'AUTO')
    throw invalid(`A directory cannot be exported as ${format}; use DBC, SOURCE or AUTO.`);
  const files = format === 'AUTO' ? tree.below(entry.path).filter((item) => item.object_type === 'FILE') : [];
  const entries = [...notebooks, ...files].map((item) => {
    const language = item.language;
    const content = tree.read(item);
    if (language === undefined) return { name: item.path.slice(start), bytes: content };
    return {
      name: `${item.path.slice(start)}.${extensionOf(language)}`,
      bytes: Buffer.from(withHeader(content.toString(), language)),
    };
  });
  return { bytes: writeZip(entries), type: 'zip' };
}

function archive(notebooks: Entry[], tree: Tree, root: string): Buffer {
  const base =
    notebooks.length === 1 && notebooks[0]?.path === root
      ? root.lastIndexOf('/') + 1
      : root === '/'
        ? 1
        : root.length + 1;
  return writeZip(
    notebooks.map((item) => ({
      name: `${item.path.slice(base)}.${item.language?.toLowerCase()}`,
      bytes: Buffer.from(
        JSON.stringify({ version: 'NotebookV1', language: item.language, source: tree.read(item).toString() }),
      ),
    })),
  );
}

function withHeader(source: string, language: Language): string {
  return source.startsWith(headerOf(language)) ? source : `${headerOf(language)}\n${source}`;
}
