import { quoteText } from '../database.ts';
import { SqlError, syntaxError } from './error.ts';
import { raw, type Token } from './lexer.ts';
import { parseType } from './read-type.ts';
import { columnCarrier } from './spark-type.ts';

/** A value for a `:name` marker. */
export interface Parameter {
  name: string;
  value?: string | null;
  type?: string;
}

/**
 * Replaces `:name` markers by typed literals and resolves `IDENTIFIER(…)` into plain names.
 * @throws SqlError UNBOUND_SQL_PARAMETER for a marker without a value, CAST_INVALID_INPUT is left to the run.
 */
export function bindParameters(tokens: Token[], parameters: Parameter[]): Token[] {
  const values = new Map(parameters.map((parameter) => [parameter.name.toLowerCase(), parameter]));
  const result: Token[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] as Token;
    if (token.kind === 'word' && token.value === 'IDENTIFIER' && tokens[at + 1]?.text === '(') {
      const end = closing(tokens, at + 1);
      result.push(...splitName(constantText(tokens.slice(at + 2, end), values), token));
      at = end;
    } else if (token.kind === 'marker') {
      result.push(literal(lookUp(token, values), token));
    } else result.push(token);
  }
  return result;
}

/** The index of the bracket that closes the one at `open`. @throws SqlError when there is none. */
export function closing(tokens: Token[], open: number): number {
  let depth = 0;
  for (let at = open; at < tokens.length; at += 1) {
    const text = tokens[at]?.kind === 'symbol' ? tokens[at]?.text : '';
    if (text === '(' || text === '[' || text === '{') depth += 1;
    if (text === ')' || text === ']' || text === '}') depth -= 1;
    if (depth === 0) return at;
  }
  throw syntaxError('');
}

function lookUp(token: Token, values: Map<string, Parameter>): Parameter {
  const parameter = values.get(token.value.toLowerCase());
  if (parameter !== undefined) return parameter;
  throw new SqlError(
    'UNBOUND_SQL_PARAMETER',
    '42P02',
    `Found the unbound parameter: ${token.value}. Please, fix \`args\` and provide a mapping of the parameter to either a SQL literal or collection constructor functions such as \`map()\`, \`array()\`, \`struct()\`.`,
  );
}

function literal(parameter: Parameter, near: Token): Token {
  const type = parameter.type ?? 'STRING';
  if (/^\s*(ARRAY|MAP|STRUCT)\b/i.test(type)) {
    throw new SqlError(
      'INVALID_SQL_ARG',
      '42K08',
      `The parameter \`${parameter.name}\` has the type ${type}, which a parameter cannot have.`,
    );
  }
  if (parameter.value === undefined || parameter.value === null || /^VOID$/i.test(type))
    return { ...raw(`CAST(NULL AS ${columnCarrier(parseType(type))})`, near), type, isNull: true };
  if (/^\s*STRING\s*$/i.test(type))
    return { kind: 'string', text: '', value: parameter.value, start: near.start, end: near.end };
  const value = quoteText(parameter.value.trim());
  const text = /^\s*TIMESTAMP/i.test(type)
    ? `CAST(CAST(${value} AS TIMESTAMPTZ) AS TIMESTAMP)`
    : `CAST(${value} AS ${columnCarrier(parseType(type))})`;
  return { ...raw(text, near), value: parameter.value.trim(), type };
}

// IDENTIFIER takes a constant expression: literals and markers, joined by || or concat()
function constantText(tokens: Token[], values: Map<string, Parameter>): string {
  let text = '';
  for (const token of tokens) {
    if (token.kind === 'string') text += token.value;
    else if (token.kind === 'marker') text += lookUp(token, values).value ?? '';
    else if (
      token.text !== '||' &&
      token.text !== ',' &&
      token.text !== '(' &&
      token.text !== ')' &&
      token.value !== 'CONCAT'
    ) {
      throw new SqlError(
        'NOT_A_CONSTANT_STRING.NOT_CONSTANT',
        '42601',
        `The expression '${token.text}' used for the routine or clause 'IDENTIFIER' must be a constant STRING.`,
      );
    }
  }
  return text;
}

/**
 * Splits `a.b.c`, with parts in backticks if needed, into tokens.
 * @throws SqlError PARSE_SYNTAX_ERROR when it is no name, INVALID_IDENTIFIER for a part that must be in backticks
 */
function splitName(text: string, near: Token): Token[] {
  const parts = text.match(/`(?:[^`]|``)*`|[^.`\s]+/g);
  const rebuilt = parts?.join('.');
  if (parts === null || rebuilt !== text.trim()) {
    throw new SqlError('PARSE_SYNTAX_ERROR', '42601', `Syntax error at or near '${text}': it is not an identifier.`);
  }
  const wrong = parts.find((part) => !part.startsWith('`') && !/^[\p{L}\p{N}_]+$/u.test(part));
  if (wrong !== undefined) {
    throw new SqlError(
      'INVALID_IDENTIFIER',
      '42602',
      `The unquoted identifier ${wrong} is invalid and must be back quoted as: \`${wrong}\`.\nUnquoted identifiers can only contain ASCII letters ('a' - 'z', 'A' - 'Z'), digits ('0' - '9'), and underbar ('_').\nUnquoted identifiers must also not start with a digit.`,
    );
  }
  return parts.flatMap((part, index) => {
    const value = part.startsWith('`') ? part.slice(1, -1).replaceAll('``', '`') : part;
    const name: Token = { kind: 'name', text: part, value, start: near.start, end: near.end };
    return index === 0
      ? [name]
      : [{ kind: 'symbol', text: '.', value: '.', start: near.start, end: near.end } as Token, name];
  });
}
