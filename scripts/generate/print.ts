/** As wide as a line may get before an object or list is broken over several. */
const WIDTH = 120;

/** JSON for people: what fits on a line stands on one, two spaces of indent elsewhere. */
export function printJson(value: unknown): string {
  return `${print(value, 0, 0)}\n`;
}

/** `taken` is what already stands on the line: the key, and a comma that follows. */
function print(value: unknown, depth: number, taken: number): string {
  const line = oneLine(value);
  if (depth * 2 + taken + line.length <= WIDTH && !isOutline(value, depth)) return line;
  if (value === null || typeof value !== 'object') return line;
  const indent = '  '.repeat(depth + 1);
  const end = '  '.repeat(depth);
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    if (value.every((item) => typeof item === 'string')) return printWords(value, depth);
    return `[\n${value.map((item) => `${indent}${print(item, depth + 1, 1)}`).join(',\n')}\n${end}]`;
  }
  const lines = Object.entries(value).map(([key, item]) => {
    const name = `${JSON.stringify(key)}: `;
    return `${indent}${name}${print(item, depth + 1, name.length + 1)}`;
  });
  return lines.length === 0 ? '{}' : `{\n${lines.join(',\n')}\n${end}}`;
}

/** The outermost object is always broken, and so is a map of fields, so that a change of one field is a change of one line. */
function isOutline(value: unknown, depth: number): boolean {
  return depth === 0 && value !== null && typeof value === 'object';
}

/** A long list of words as a paragraph. */
function printWords(words: string[], depth: number): string {
  const indent = '  '.repeat(depth + 1);
  const lines: string[] = [];
  let line = '';
  for (const [index, word] of words.entries()) {
    const text = `${JSON.stringify(word)}${index === words.length - 1 ? '' : ','}`;
    if (line !== '' && indent.length + line.length + 1 + text.length > WIDTH) {
      lines.push(line);
      line = text;
    } else {
      line = line === '' ? text : `${line} ${text}`;
    }
  }
  lines.push(line);
  return `[\n${lines.map((item) => indent + item).join('\n')}\n${'  '.repeat(depth)}]`;
}

function oneLine(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? '[]' : `[${value.map(oneLine).join(', ')}]`;
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${oneLine(item)}`);
    return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
  }
  return JSON.stringify(value);
}
