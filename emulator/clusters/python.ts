/** What a Python command printed, or why it did not. */
export interface PythonResult {
  resultType: 'text' | 'error';
  data?: string;
  summary?: string;
  cause?: string;
}

/** Text, or a number of Python: whole ones and others print differently. */
type Value = { text: string } | { int: bigint } | { float: number };

/**
 * Evaluates the little Python that people try first: lines of `print(...)`, assignments of such values, and a last expression,
 * with text, numbers, + - * / // % and brackets. Anything else is answered as an error that says the emulator does not run it.
 */
export function evaluatePython(source: string): PythonResult {
  const names = new Map<string, Value>();
  const out: string[] = [];
  const lines = source
    .split(/\n|;/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  try {
    for (const [index, line] of lines.entries()) {
      const print = /^print\((.*)\)$/s.exec(line);
      const assign = /^([A-Za-z_]\w*)\s*=(?!=)(.+)$/s.exec(line);
      if (print !== null)
        out.push(
          readAll(print[1] ?? '', names)
            .map(show)
            .join(' '),
        );
      else if (assign !== null) names.set(assign[1] as string, readOne((assign[2] as string).trim(), names));
      else {
        const value = readOne(line, names);
        if (index === lines.length - 1) out.push('text' in value ? `'${value.text}'` : show(value));
      }
    }
    return { resultType: 'text', data: out.join('\n') };
  } catch (error) {
    const cause =
      error instanceof ZeroDivision
        ? 'ZeroDivisionError: division by zero'
        : `NotImplementedError: the emulator does not run Python beyond print() of literals and arithmetic: ${(error as Error).message}`;
    return { resultType: 'error', summary: cause, cause };
  }
}

class ZeroDivision extends Error {}

const TOKEN = /\s*(?:(\d+\.\d+|\d+)|'([^'\\]*)'|"([^"\\]*)"|([A-Za-z_]\w*)|(\/\/|[-+*/%(),]))/y;

function readOne(text: string, names: Map<string, Value>): Value {
  const [value, ...more] = readAll(text, names);
  if (value === undefined || more.length > 0) throw new Error(text);
  return value;
}

function readAll(text: string, names: Map<string, Value>): Value[] {
  const tokens: RegExpExecArray[] = [];
  for (TOKEN.lastIndex = 0; TOKEN.lastIndex < text.trimEnd().length; ) {
    const token = TOKEN.exec(text);
    if (token === null) throw new Error(text);
    tokens.push(token);
  }
  let at = 0;
  const peek = () => tokens[at]?.[5];
  const atom = (): Value => {
    const token = tokens[at++];
    if (token === undefined) throw new Error(text);
    const [, number, single, double, name, mark] = token;
    if (number !== undefined) return number.includes('.') ? { float: Number(number) } : { int: BigInt(number) };
    if (single !== undefined || double !== undefined) return { text: single ?? double ?? '' };
    if (mark === '-') return combine('-', { int: 0n }, atom());
    if (mark === '(') {
      const inner = sum();
      if (tokens[at++]?.[5] !== ')') throw new Error(text);
      return inner;
    }
    const known = names.get(name ?? '');
    if (known === undefined) throw new Error(text);
    return known;
  };
  const chain = (next: () => Value, marks: string[]): Value => {
    let left = next();
    while (marks.includes(peek() ?? '')) {
      const mark = tokens[at++]?.[5] as string;
      left = combine(mark, left, next());
    }
    return left;
  };
  const product = () => chain(atom, ['*', '/', '//', '%']);
  const sum = (): Value => chain(product, ['+', '-']);
  const values: Value[] = [];
  while (at < tokens.length) {
    values.push(sum());
    if (at < tokens.length && tokens[at++]?.[5] !== ',') throw new Error(text);
  }
  return values;
}

function combine(mark: string, a: Value, b: Value): Value {
  if ('text' in a && 'text' in b && mark === '+') return { text: a.text + b.text };
  if ('text' in a && 'int' in b && mark === '*') return { text: a.text.repeat(Math.max(0, Number(b.int))) };
  if ('text' in a || 'text' in b) throw new Error(`${mark} of text`);
  const [x, y] = [number(a), number(b)];
  if (y === 0 && mark !== '+' && mark !== '-' && mark !== '*') throw new ZeroDivision();
  if (mark === '/') return { float: x / y };
  if ('int' in a && 'int' in b) {
    if (mark === '+') return { int: a.int + b.int };
    if (mark === '-') return { int: a.int - b.int };
    if (mark === '*') return { int: a.int * b.int };
    // Python rounds down, also below zero
    const rest = ((a.int % b.int) + b.int) % b.int;
    return { int: mark === '%' ? rest : (a.int - rest) / b.int };
  }
  if (mark === '+') return { float: x + y };
  if (mark === '-') return { float: x - y };
  if (mark === '*') return { float: x * y };
  return { float: mark === '%' ? x - y * Math.floor(x / y) : Math.floor(x / y) };
}

function number(value: { int: bigint } | { float: number }): number {
  return 'int' in value ? Number(value.int) : value.float;
}

function show(value: Value): string {
  if ('text' in value) return value.text;
  if ('int' in value) return String(value.int);
  return Number.isInteger(value.float) && Math.abs(value.float) < 1e16 ? `${value.float}.0` : String(value.float);
}
