import type { Bind } from './rewrite.ts';

/** What JSONata gives to a function as `this`. */
interface Call {
  input: unknown;
  environment: object;
}

/** As long as an expression may be. */
const MAX_TEXT_LENGTH = 32_768;

/**
 * Gives an expression `$eval` whose text knows SQL numbers as everything around it does. JSONata's own would read the text by itself,
 * where a comparison with a SQL number is false.
 */
export function bindEval(expression: Bind, syntaxTree: (source: string) => unknown): void {
  function implementation(this: Call, text: unknown, ...focus: unknown[]): unknown {
    if (text === undefined) return undefined;
    if (typeof text !== 'string') throw { code: 'EVAL', message: '$eval takes a text that is an expression' };
    const body = treeOf(text, syntaxTree);
    const input = focus.length === 0 || focus[0] === undefined ? this.input : asOne(focus[0]);
    // What JSONata makes of the last call in a function: it evaluates this next, with the variables that are known here.
    const procedure = { type: 'lambda', arguments: [], body, position: 0 };
    const call = { type: 'function', value: '(', position: 0, procedure, arguments: [] };
    return { _jsonata_lambda: true, thunk: true, input, environment: this.environment, arguments: [], body: call };
  }
  expression.assign('eval', { _jsonata_function: true, implementation });
}

function treeOf(text: string, syntaxTree: (source: string) => unknown): unknown {
  if (text.length > MAX_TEXT_LENGTH) {
    const message = `the text that $eval was given has ${text.length} characters; it may have ${MAX_TEXT_LENGTH}`;
    throw { code: 'EVAL', message };
  }
  try {
    return syntaxTree(text);
  } catch (error) {
    const why = String((error as { message?: unknown }).message);
    throw { code: 'EVAL', message: `the text that $eval was given is no expression: ${why}` };
  }
}

/** A list as a whole is what the text reads, not each of its items. */
function asOne(value: unknown): unknown {
  return Array.isArray(value) ? Object.assign([value], { sequence: true, outerWrapper: true }) : value;
}
