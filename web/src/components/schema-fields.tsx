import { errorUnder } from '../data/api-error.ts';
import { Checkbox } from './checkbox.tsx';
import { Field } from './field.tsx';
import { Select } from './select.tsx';

/** A field of a body, as a connector describes it. */
export interface FieldSchema {
  title?: string;
  description?: string;
  type?: string | string[];
  format?: string;
  enum?: unknown[];
  examples?: unknown[];
  default?: unknown;
  writeOnly?: boolean;
  'x-ui'?: { level?: string; widget?: string };
}

export interface ObjectSchema {
  properties?: Record<string, FieldSchema>;
  required?: string[];
}

/** What was typed so far, by field; a list has one item a line. */
export type Typed = Readonly<Record<string, string | boolean>>;

interface SchemaFieldsProps {
  schema: ObjectSchema;
  values: Typed;
  onChange(values: Typed): void;
  error: unknown;
  /** JSON pointer of the object in the body: `/authentication`. */
  at: string;
}

/** The fields of an object whose schema comes from a connector: texts, numbers, times, choices, lists of texts, secrets. */
export function SchemaFields({ schema, values, onChange, error, at }: SchemaFieldsProps) {
  const all = Object.entries(schema.properties ?? {});
  const usual = all.filter(([, field]) => !isAdvanced(field));
  const advanced = all.filter(([, field]) => isAdvanced(field));
  const isWrong = advanced.some(([name]) => errorUnder(error, `${at}/${name}`) !== undefined);
  const show = ([name, field]: [string, FieldSchema]) => (
    <SchemaField
      key={name}
      name={name}
      field={field}
      isRequired={schema.required?.includes(name) ?? false}
      value={values[name]}
      onChange={(value) => onChange({ ...values, [name]: value })}
      error={errorUnder(error, `${at}/${name}`)}
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
  error: string | undefined;
}

function SchemaField({ name, field, isRequired, value, onChange, error }: SchemaFieldProps) {
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
        error={error}
      />
    );
  }
  if (field.type === 'boolean') {
    return (
      <Checkbox
        isSelected={value === undefined ? field.default === true : value === true}
        onChange={onChange}
        error={error}
      >
        {label}
      </Checkbox>
    );
  }
  const isSecret = field.writeOnly === true;
  const isLong = field.type === 'array' || field['x-ui']?.widget === 'textarea';
  return (
    <Field
      label={label}
      value={text}
      onChange={onChange}
      hint={hintOf(field)}
      error={error}
      isRequired={isRequired}
      isLong={isLong}
      type={isSecret && !isLong ? 'password' : field.format === 'date-time' ? 'datetime-local' : 'text'}
      autoComplete={isSecret ? 'new-password' : 'off'}
      spellCheck="false"
    />
  );
}

function hintOf({ type, description, examples, default: usual }: FieldSchema): string | undefined {
  const parts = [
    description,
    type === 'array' ? 'One per line.' : undefined,
    examples?.[0] === undefined ? undefined : `Example: ${String(examples[0])}`,
    usual === undefined || type === 'boolean' ? undefined : `Default: ${String(usual)}`,
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
  if (field.type === 'array') return linesOf(text);
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
    else if (Array.isArray(value)) typed[name] = value.join('\n');
    else if (value !== undefined && value !== null) typed[name] = String(value);
  }
  return typed;
}

/** JSON pointers of the fields, for `Form`. */
export function pointersOf(schema: ObjectSchema, at = ''): string[] {
  return Object.keys(schema.properties ?? {}).map((name) => `${at}/${name}`);
}

function isAdvanced(field: FieldSchema): boolean {
  return field['x-ui']?.level === 'advanced';
}
