import { useContext } from 'react';
import { errorUnder } from '../data/api-error.ts';
import { parseExact, stringifyExact } from '../data/json.ts';
import { below } from '../data/pointer.ts';
import { Checkbox } from './checkbox.tsx';
import { Field } from './field.tsx';
import { ScopeContext } from './form-scope.ts';
import { Select } from './select.tsx';

/** A field of a body, as a connector describes it. */
export interface FieldSchema {
  title?: string;
  description?: string;
  type?: string | string[];
  format?: string;
  enum?: unknown[];
  items?: { type?: string | string[] };
  examples?: unknown[];
  default?: unknown;
  writeOnly?: boolean;
  'x-ui'?: { level?: string; widget?: string };
}

export interface ObjectSchema {
  properties?: Record<string, FieldSchema>;
  required?: string[];
}

/** What was typed so far, by field; a list of texts has one item a line, what is nested is JSON. */
export type Typed = Readonly<Record<string, string | boolean>>;

interface SchemaFieldsProps {
  schema: ObjectSchema;
  values: Typed;
  onChange(values: Typed): void;
  /** JSON pointer of the object in the body: `/authentication`. */
  at: string;
}

/** The fields of an object whose schema comes from a connector: texts, numbers, times, choices, lists of texts, secrets. */
export function SchemaFields({ schema, values, onChange, at }: SchemaFieldsProps) {
  const error = useContext(ScopeContext)?.error;
  const all = Object.entries(schema.properties ?? {});
  const usual = all.filter(([, field]) => !isAdvanced(field));
  const advanced = all.filter(([, field]) => isAdvanced(field));
  const isWrong = advanced.some(([name]) => errorUnder(error, below(at, name)) !== undefined);
  const show = ([name, field]: [string, FieldSchema]) => (
    <SchemaField
      key={name}
      name={name}
      field={field}
      isRequired={schema.required?.includes(name) ?? false}
      value={values[name]}
      onChange={(value) => onChange({ ...values, [name]: value })}
      pointer={below(at, name)}
    />
  );
  return (
    <>
      {usual.map(show)}
      {advanced.length > 0 && (
        <details className="more" open={isWrong || undefined}>
          <summary>More settings</summary>
          <div className="stack">{advanced.map(show)}</div>
        </details>
      )}
    </>
  );
}

interface SchemaFieldProps {
  name: string;
  field: FieldSchema;
  isRequired: boolean;
  value: string | boolean | undefined;
  onChange(value: string | boolean): void;
  pointer: string;
}

function SchemaField({ name, field, isRequired, value, onChange, pointer }: SchemaFieldProps) {
  const title = field.title ?? name;
  const label = isRequired || field.type === 'boolean' ? title : `${title} (optional)`;
  const text = typeof value === 'string' ? value : '';
  if (field.enum !== undefined) {
    const options = field.enum.map((each) => ({ id: String(each), text: String(each) }));
    return (
      <Select
        label={label}
        options={options}
        value={text || undefined}
        onChange={onChange}
        hint={hintOf(field)}
        pointer={pointer}
      />
    );
  }
  if (field.type === 'boolean') {
    return (
      <Checkbox
        isSelected={value === undefined ? field.default === true : value === true}
        onChange={onChange}
        pointer={pointer}
      >
        {label}
      </Checkbox>
    );
  }
  const isSecret = field.writeOnly === true;
  const isLong = isList(field) || isNested(field) || field['x-ui']?.widget === 'textarea';
  return (
    <Field
      label={label}
      value={text}
      onChange={onChange}
      hint={hintOf(field)}
      pointer={pointer}
      isRequired={isRequired}
      isLong={isLong}
      type={isSecret && !isLong ? 'password' : field.format === 'date-time' ? 'datetime-local' : 'text'}
      autoComplete={isSecret ? 'new-password' : 'off'}
      spellCheck="false"
    />
  );
}

function hintOf(field: FieldSchema): string | undefined {
  const { type, description, examples, default: usual } = field;
  const parts = [
    description,
    isList(field) ? 'One per line.' : isNested(field) ? 'As JSON.' : undefined,
    examples?.[0] === undefined ? undefined : `Example: ${textOf(field, examples[0])}`,
    usual === undefined || type === 'boolean' ? undefined : `Default: ${textOf(field, usual)}`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join(' ');
}

/** The body that was typed: what is empty is left out; what is no number is sent as it is, for the API to say so. */
export function bodyOf(schema: ObjectSchema, values: Typed): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const value = values[name];
    if (typeof value === 'boolean') body[name] = value;
    else if (value !== undefined && value.trim() !== '') body[name] = jsonOf(field, value);
  }
  return body;
}

function jsonOf(field: FieldSchema, typed: string): unknown {
  const text = field.writeOnly === true && field['x-ui']?.widget === 'textarea' ? typed : typed.trim();
  if (isList(field)) return linesOf(text);
  if (isNested(field)) return readOr(text);
  if (field.type === 'integer' || field.type === 'number') return Number.isFinite(Number(text)) ? Number(text) : text;
  if (field.format !== 'date-time') return text;
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? text : time.toISOString();
}

/** The texts of a field with one a line. */
export function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** What stands in the fields at first: values that are there. */
export function typedOf(schema: ObjectSchema, body: Readonly<Record<string, unknown>>): Typed {
  const typed: Record<string, string | boolean> = {};
  for (const name of Object.keys(schema.properties ?? {})) {
    const value = body[name];
    if (typeof value === 'boolean') typed[name] = value;
    else if (value !== undefined && value !== null) typed[name] = textOf(schema.properties![name]!, value);
  }
  return typed;
}

function textOf(field: FieldSchema, value: unknown): string {
  if (isNested(field)) return stringifyExact(value, 2);
  return Array.isArray(value) ? value.join('\n') : String(value);
}

/** A list of texts. */
function isList({ type, items }: FieldSchema): boolean {
  return type === 'array' && (items?.type ?? 'string') === 'string';
}

function isNested(field: FieldSchema): boolean {
  return field.type === 'object' || (field.type === 'array' && !isList(field));
}

/** What is no JSON is sent as text, for the API to say so. */
function readOr(text: string): unknown {
  try {
    return parseExact(text);
  } catch {
    return text;
  }
}

function isAdvanced(field: FieldSchema): boolean {
  return field['x-ui']?.level === 'advanced';
}
