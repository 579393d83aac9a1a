import { lazy, Suspense, useCallback, useEffect, useId } from 'react';
import { isObject } from '../../builder/document.ts';
import { useFieldError } from '../../components/form-scope.ts';
import { Skeleton } from '../../components/states.tsx';
import type { Choices, ControlProps } from '../../forms/form-context.ts';
import { InputForm } from '../../forms/input-form.tsx';
import type { Schema } from '../../forms/schema.ts';
import { useBuilder } from './builder-context.ts';
import { EXPRESSIONS } from './expression-control.tsx';
import { type SqlAccount, SqlControl } from './sql-control.tsx';
import { noteUnread } from './unread-texts.tsx';

const JsonEditor = lazy(() => import('./json-editor.tsx'));

const NONE: readonly { pointer: string; message: string }[] = [];

interface InputEditorProps {
  label: string;
  value: unknown;
  onChange(value: unknown): void;
  isReadOnly: boolean;
  /** JSON pointer of the value in the body of a request: what the API says of it stands below. */
  pointer?: string;
}

/** A value as JSON. The editor is loaded when the first one is opened. */
export function InputEditor({ pointer, ...props }: InputEditorProps) {
  const refused = useFieldError(pointer);
  const id = useId();
  const wrong = refused === undefined ? {} : { 'data-invalid': true, tabIndex: -1, 'aria-describedby': id };
  return (
    <div className="stack-tight" {...wrong}>
      <Suspense fallback={<Skeleton />}>
        <JsonEditor {...props} />
      </Suspense>
      {refused !== undefined && (
        <p id={id} className="field-error">
          {refused}
        </p>
      )}
    </div>
  );
}

interface SchemaEditorProps {
  label: string;
  schema: Schema | undefined;
  value: unknown;
  /** `place` is a JSON pointer in the value. */
  onChange(value: unknown, place: string): void;
  isReadOnly: boolean;
  choices: Choices | undefined;
  /** Of the value, in the document: errors of the check are shown at their fields. */
  pointer: string;
  /** Fields can be expressions. Those of a trigger cannot: it starts before there is a value. */
  hasExpressions?: boolean;
  /** Whose tables a statement of SQL can name. */
  sqlAccount?: SqlAccount;
  /** Beside those of the check; the same list until others are found. Pointers are into the value. */
  moreErrors?: readonly { pointer: string; message: string }[];
}

/** An input as the form of its schema; as JSON where nobody knows the schema, or it is no object, or it may only be read. */
export function SchemaEditor(props: SchemaEditorProps) {
  const {
    label,
    schema,
    value,
    onChange,
    isReadOnly,
    choices,
    pointer,
    hasExpressions = true,
    sqlAccount,
    moreErrors = NONE,
  } = props;
  const { errors } = useBuilder();
  const { connector, account } = sqlAccount ?? {};
  const onProblems = useCallback((problems: ReadonlyMap<string, string>) => noteUnread(pointer, problems), [pointer]);
  useEffect(() => () => noteUnread(pointer, new Map()), [pointer]);
  const renderSql = useCallback(
    (control: ControlProps) => (
      <SqlControl
        control={control}
        account={connector === undefined || account === undefined ? undefined : { connector, account }}
      />
    ),
    [connector, account],
  );
  if (schema === undefined || isReadOnly || !isObject(value)) {
    return (
      <InputEditor
        label={`${label} as JSON`}
        value={value}
        onChange={(next) => onChange(next, '')}
        isReadOnly={isReadOnly}
      />
    );
  }
  const own = errors
    .filter((error) => error.pointer.startsWith(`${pointer}/`))
    .map(({ pointer: at, message }) => ({ pointer: at.slice(pointer.length), message }));
  return (
    <InputForm
      label={label}
      schema={schema}
      value={value}
      onChange={onChange}
      choices={choices}
      errors={[...own, ...moreErrors]}
      onProblems={onProblems}
      root={pointer}
      expressions={hasExpressions ? EXPRESSIONS : undefined}
      renderSql={renderSql}
    />
  );
}
