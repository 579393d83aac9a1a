import { escapePart } from '../../connector/json-pointer.ts';
import type { JsonObject } from '../../connector/manifest.ts';
import type { Warning } from '../../triggers/warning.ts';
import { plainPath } from '../expressions/plain-path.ts';
import { occurrencesOf } from '../expressions/template.ts';
import type { Context } from '../runs/context.ts';
import { planOf } from './workflow-plan.ts';
import type { WorkflowDefinition } from './workflow-schema.ts';

/** `${trigger.rows}` or `{trigger.rows}`: text, where an expression was meant. */
const LOOKS_LIKE_ONE = /(?<!\{)\$?\{\s*((?:trigger|steps|variables|item)\.[\w.]{1,100})\s*\}(?!\})/;
/** As in the files of other systems. */
const DOLLAR_BEFORE = /^\s*\$\{\{[^{}]*\}\}\s*$/;
const LENGTH = /\.length\s*$/;
const PLAIN_NAME = /^[A-Za-z_]\w*$/;

/** What a person should know of the expressions of a definition: those in SQL text, and text that looks like one. */
export function expressionWarnings(ctx: Context, definition: WorkflowDefinition): Warning[] {
  return [...planOf(definition).steps.values()].flatMap(({ step, pointer }) => {
    const schema = ctx.manifests.actions.get(step.action)?.manifest.input ?? {};
    return [...inSql(step.input, schema, `${pointer}/input`), ...looksLikeOne(step.input, `${pointer}/input`)];
  });
}

function inSql(input: Record<string, unknown>, schema: JsonObject, pointer: string): Warning[] {
  const properties = (schema.properties ?? {}) as Record<string, JsonObject>;
  const isSql = (name: string) => (properties[name]?.['x-ui'] as JsonObject | undefined)?.widget === 'sql';
  return Object.entries(input).flatMap(([name, value]) => {
    const [first] = isSql(name) ? occurrencesOf(value) : [];
    if (first === undefined || first.isWhole) return [];
    const source = first.source.trim();
    const marker = plainPath(source)?.findLast((part) => PLAIN_NAME.test(part)) ?? 'value';
    const parameter = `"parameters": [{"name": "${marker}", "value": "{{ $string(${source}) }}"}]`;
    const how = 'parameters' in properties ? `: write :${marker} in the text, and ${parameter}` : '';
    const message = `has an expression in SQL text, where a quote in its value changes the statement; give the value as a parameter${how}`;
    return [{ pointer: `${pointer}/${escapePart(name)}`, code: 'expression_in_sql', message }];
  });
}

function looksLikeOne(value: unknown, pointer: string): Warning[] {
  if (typeof value === 'string') {
    if (DOLLAR_BEFORE.test(value)) {
      const message = 'has "$" before {{, which stays in the text; use {{ }} alone for the value';
      return [{ pointer, code: 'looks_like_expression', message }];
    }
    if ([...occurrencesOf(value)].some(({ source }) => LENGTH.test(source))) {
      const message =
        'reads a field named "length"; the number of items is $count(...), that of characters $length(...)';
      return [{ pointer, code: 'looks_like_length', message }];
    }
    const found = LOOKS_LIKE_ONE.exec(value);
    if (found === null) return [];
    const message = `has the text "${found[0]}", which is no expression; write {{ ${found[1]} }} for its value`;
    return [{ pointer, code: 'looks_like_expression', message }];
  }
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, item]) => looksLikeOne(item, `${pointer}/${escapePart(name)}`));
}
