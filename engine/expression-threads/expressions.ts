import { ConnectorError } from '../../connector/errors.ts';
import { compile, type ParsedExpression } from '../expressions/parse.ts';
import { plainPath, readNames } from '../expressions/plain-path.ts';
import type { ExpressionScope } from '../expressions/scope.ts';
import { fillTemplate, type Occurrence, occurrencesOf } from '../expressions/template.ts';

/** Says whether the value at a plain path, which would stand at a pointer, is left out for the caller to fill in. */
export type Leave = (path: string[], pointer: string) => boolean;

/** Whose expression it is: time is shared between tenants, and bounded for each run. */
export interface Owner {
  tenant: string;
  /** The run that the evaluation belongs to. */
  run?: string | undefined;
}

/** Reads and evaluates expressions; one per process. */
export interface Expressions {
  /** What an expression reads. @throws an Error with the reason and `position` when it is not JSONata */
  parse(source: string, owner: Owner): Promise<ParsedExpression>;
  /**
   * The template with every expression replaced by its value in the scope. A plain path gives the scope's own value, not a copy.
   * @throws ConnectorError ERR_EXPRESSION naming the pointer and the expression
   */
  evaluate(
    template: unknown,
    scope: ExpressionScope,
    how: { owner: Owner; pointer?: string; leave?: Leave },
  ): Promise<unknown>;
  close(): Promise<void>;
}

/** Opens what evaluates expressions. Nothing is started before the first one. */
export function openExpressions(): Expressions {
  return {
    parse: async (source) => compile(source),
    async evaluate(template, scope, { pointer = '', leave = () => false }) {
      const values: unknown[] = [];
      for (const occurrence of occurrencesOf(template, pointer)) {
        const path = plainPath(occurrence.source);
        const { isWhole, isInList } = occurrence;
        const isLeft = path !== undefined && isWhole && !isInList && leave(path, occurrence.pointer);
        values.push(isLeft ? undefined : await evaluateOne(occurrence, path, scope));
      }
      return fillTemplate(template, values.values());
    },
    close: async () => {},
  };
}

async function evaluateOne(
  { source, pointer }: Occurrence,
  path: string[] | undefined,
  scope: ExpressionScope,
): Promise<unknown> {
  try {
    if (path !== undefined) {
      const plain = readNames(path, scope);
      if (plain.found) return plain.value;
    }
    const found = await compile(source).evaluate(scope);
    // JSONata marks the arrays it makes with hidden properties.
    return Array.isArray(found) ? [...found] : found;
  } catch (cause) {
    const { message = 'it failed' } = cause as { message?: string };
    const steps = Object.keys(scope.steps).join(', ') || '(none yet)';
    throw new ConnectorError(
      'ERR_EXPRESSION',
      `the expression "${source.trim()}" at ${pointer || '/'} failed: ${message}`,
      {
        hint: `Available are trigger, variables, run and the steps ${steps}.`,
        errors: [{ pointer, message }],
        cause,
      },
    );
  }
}
