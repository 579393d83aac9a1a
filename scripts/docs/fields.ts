import type { Json, JsonObject } from '../../connector/manifest.ts';
import { resolveRef } from '../../connector/normalize.ts';

/** A longer list of allowed values is cut in a table. */
const MAX_VALUES = 24;

/** One table for the fields of a schema, and one for each kind of object that fields refer to by name. */
export function fieldTables(schema: JsonObject, empty: string): string {
  const rows = fieldRows(schema, schema, '');
  if (rows.length === 0) return typeof schema.description === 'string' ? schema.description : empty;
  const rule = typeof schema.description === 'string' ? `\n\n${schema.description}` : '';
  const parts = Object.entries((schema.$defs ?? {}) as JsonObject).map(
    ([name, definition]) => `### ${name}\n\n${table(fieldRows(schema, definition as JsonObject, ''))}`,
  );
  return [table(rows) + rule, ...parts].join('\n\n');
}

function table(rows: string[]): string {
  return `| field | type | |\n|---|---|---|\n${rows.join('\n')}`;
}

/** Fields of objects inside follow their parent, with its name in front. */
function fieldRows(root: JsonObject, schema: JsonObject, prefix: string): string[] {
  const required = (schema.required ?? []) as string[];
  return Object.entries((schema.properties ?? {}) as JsonObject).flatMap(([name, property]) => {
    const field = property as JsonObject;
    const path = `${prefix}${name}`;
    const mark = required.includes(name) ? ' *' : '';
    const row = `| \`${path}\`${mark} | ${typeText(root, field)} | ${cell(field)} |`;
    const inner = field.type === 'array' ? (field.items as JsonObject | undefined) : field;
    const isOpen = inner === undefined || typeof inner.$ref === 'string';
    return isOpen ? [row] : [row, ...fieldRows(root, inner, field.type === 'array' ? `${path}[].` : `${path}.`)];
  });
}

function typeText(root: JsonObject, field: JsonObject): string {
  if (typeof field.$ref === 'string') {
    const target = resolveRef(root, field.$ref) as JsonObject | undefined;
    const name = field.$ref.split('/').at(-1)!;
    return target?.properties === undefined ? name : `[${name}](#${name.toLowerCase()})`;
  }
  if (field.type === 'array') return `list of ${typeText(root, (field.items ?? {}) as JsonObject)}`;
  if (field.type === undefined) return 'any';
  if (field.format === 'int64' && field.type === 'string') return '64-bit ID';
  return [field.type].flat().join(' or ');
}

function cell(field: JsonObject): string {
  const parts: string[] = [];
  if (typeof field.title === 'string') parts.push(`**${field.title}.**`);
  if (typeof field.description === 'string') parts.push(field.description);
  const values = (field.enum ?? (field.items as JsonObject | undefined)?.enum) as Json[] | undefined;
  if (values !== undefined) {
    const shown = values
      .slice(0, MAX_VALUES)
      .map((value) => `\`${value}\``)
      .join(', ');
    parts.push(`One of ${shown}${values.length > MAX_VALUES ? ', …' : ''}.`);
  }
  const limits = limitText(field);
  if (limits !== '') parts.push(limits);
  if (field.default !== undefined) parts.push(`Default \`${JSON.stringify(field.default)}\`.`);
  if (field.writeOnly === true) parts.push('Secret: never shown again.');
  return parts.join(' ').replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function limitText(field: JsonObject): string {
  const { minimum, maximum, maxLength, maxItems } = field;
  if (minimum !== undefined && maximum !== undefined) return `${minimum} to ${maximum}.`;
  if (minimum !== undefined) return `At least ${minimum}.`;
  if (maximum !== undefined) return `At most ${maximum}.`;
  if (maxLength !== undefined) return `At most ${maxLength} characters.`;
  return maxItems === undefined ? '' : `At most ${maxItems}.`;
}
