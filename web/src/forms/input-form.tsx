import { type ReactNode, useCallback, useId, useMemo, useRef, useState } from 'react';
import { partsOf } from '../../../connector/json-pointer.ts';
import { Button } from '../components/button.tsx';
import { useErrorsBelow } from '../components/form-scope.ts';
import { Notice } from '../components/notice.tsx';
import { isSame } from '../data/json.ts';
import { FormField } from './field.tsx';
import { type Choices, controlId, type ExpressionMode, type Form, FormContext, useForm } from './form-context.ts';
import './forms.css';
import { valueAt, withValueAt } from '../data/pointer.ts';
import { JsonText } from './json-control.tsx';
import { ObjectFields } from './object-control.tsx';
import { isObject, type JsonObject, resolve, type Schema } from './schema.ts';

/** A validation error of the API; its pointer is into the value of the form. */
export interface FormError {
  pointer: string;
  message: string;
}

interface InputFormProps {
  /** The accessible name: `Input`. */
  label: string;
  /** `input` of an action or trigger, as the API sends it. */
  schema: Schema;
  value: JsonObject;
  /** `place` says what changed, so that typing in one place can be one step of an undo. */
  onChange(value: JsonObject, place: string): void;
  /** What the API said of the value. Each is shown until its place is changed. */
  errors?: readonly FormError[];
  /** In place of `errors`, in a `Form` or `FormScope`: where the value is in the body of the request, such as `/input`. */
  pointer?: string;
  /** Where the value is in a larger document: its fields are found by that. */
  root?: string | undefined;
  /** Called when the form begins or ends to have text that is no value: it must not be sent then. By pointer. */
  onProblems?(problems: ReadonlyMap<string, string>): void;
  choices?: Choices | undefined;
  expressions?: ExpressionMode | undefined;
  /** An editor for fields with `widget: sql`. Keep it the same between renders. */
  renderSql?: Form['renderSql'];
  /** Beside the switch between form and JSON: undo and redo. */
  buttons?: ReactNode;
}

/** A form for the input of an action or trigger, and the same value as JSON. The value is held by the parent. */
export function InputForm(props: InputFormProps) {
  const { label, schema, value, onChange, onProblems, choices, expressions, renderSql } = props;
  const id = useId();
  const [isJson, setJson] = useState(false);
  const [jsonProblem, setJsonProblem] = useState<string>();
  const latest = useRef({ value, onChange, onProblems });
  // Two changes before the next render: the second one starts from the first.
  latest.current = { value, onChange, onProblems };
  const problems = useRef<ReadonlyMap<string, string>>(new Map());
  const refused = useErrorsBelow(props.pointer);
  const errors = useOpenErrors(props.errors ?? refused, value);

  const change = useCallback((pointer: string, next: unknown) => {
    const changed = withValueAt(latest.current.value, pointer, next) as JsonObject;
    latest.current.value = changed;
    latest.current.onChange(changed, pointer);
  }, []);
  const report = useCallback((pointer: string, problem: string | undefined) => {
    const next = new Map(problems.current);
    if (problem === undefined) next.delete(pointer);
    else next.set(pointer, problem);
    problems.current = next;
    latest.current.onProblems?.(next);
  }, []);
  const form = useMemo<Form>(
    () => ({
      id,
      root: schema,
      current: () => latest.current.value,
      change,
      errors,
      report,
      choices,
      expressions,
      renderSql,
      Field: FormField,
    }),
    [id, schema, change, errors, report, choices, expressions, renderSql],
  );
  const setView = (next: boolean) => {
    setJson(next);
    setJsonProblem(undefined);
    report('', undefined);
  };
  return (
    <FormContext value={form}>
      <section className="form" aria-label={label} data-root={props.root}>
        <div className="form-head">
          <div className="form-views" role="group" aria-label="View">
            {[false, true].map((each) => (
              <button
                key={String(each)}
                type="button"
                className="button"
                data-kind="quiet"
                aria-pressed={isJson === each}
                onClick={() => setView(each)}
              >
                {each ? 'JSON' : 'Form'}
              </button>
            ))}
          </div>
          <div className="row">{props.buttons}</div>
        </div>
        <ErrorList errors={errors} schema={schema} isJson={isJson} />
        {isJson ? (
          <>
            <JsonText
              id={controlId(id, '')}
              label={`${label} as JSON`}
              value={value}
              allowEmpty={false}
              isInvalid={jsonProblem !== undefined}
              describedBy={jsonProblem === undefined ? undefined : `${id}-json`}
              check={(next) => (isObject(next) ? undefined : 'is not an object: begin with { and end with }')}
              onChange={(next) => change('', next)}
              onProblem={(problem) => {
                setJsonProblem(problem);
                report('', problem);
              }}
            />
            {jsonProblem !== undefined && (
              <p id={`${id}-json`} className="field-error">
                The text {jsonProblem}. The form keeps the last value that was JSON.
              </p>
            )}
          </>
        ) : (
          <div className="form-fields">
            {Object.keys(schema.properties ?? {}).length === 0 && <p className="soft">It takes no input.</p>}
            <ObjectFields pointer="" schema={resolve(schema, schema)} value={value} />
          </div>
        )}
      </section>
    </FormContext>
  );
}

/** Errors whose place has not been changed since they came. */
function useOpenErrors(errors: readonly FormError[] | undefined, value: JsonObject): ReadonlyMap<string, string> {
  const seen = useRef<{ errors: readonly FormError[] | undefined; value: JsonObject }>({ errors, value });
  if (seen.current.errors !== errors) seen.current = { errors, value };
  const last = useRef<ReadonlyMap<string, string>>(new Map());
  const open = (errors ?? []).filter(({ pointer }) =>
    isSame(valueAt(seen.current.value, pointer), valueAt(value, pointer)),
  );
  const next = new Map<string, string>();
  for (const { pointer, message } of open) {
    const before = next.get(pointer);
    next.set(pointer, before === undefined ? message : `${before}; ${message}`);
  }
  if (!isSame([...last.current], [...next])) last.current = next;
  return last.current;
}

/** Every error in one place, with a way to its field: one may be of a field that the form does not have. */
function ErrorList({
  errors,
  schema,
  isJson,
}: {
  errors: ReadonlyMap<string, string>;
  schema: Schema;
  isJson: boolean;
}) {
  const { id } = useForm();
  if (errors.size === 0) return null;
  return (
    <div role="alert">
      <Notice state="failed">
        <ul className="stack-tight">
          {[...errors].map(([pointer, message]) => (
            <li key={pointer}>
              {withTitle(titleAt(schema, pointer), message)}{' '}
              {pointer !== '' && !isJson && (
                <Button kind="quiet" onPress={() => document.getElementById(controlId(id, pointer))?.focus()}>
                  Go to field
                </Button>
              )}
            </li>
          ))}
        </ul>
      </Notice>
    </div>
  );
}

/** Most messages name their field. */
function withTitle(title: string, message: string): string {
  return message.startsWith(title) ? message : `${title}: ${message}`;
}

/** The titles on the way to a place. */
function titleAt(root: Schema, pointer: string): string {
  const titles: string[] = [];
  let current: Schema = resolve(root, root);
  for (const part of partsOf(pointer)) {
    const { items, properties = {}, additionalProperties } = current;
    const isItem = items !== undefined && /^\d+$/.test(part);
    const next = Object.hasOwn(properties, part)
      ? properties[part]!
      : isItem
        ? items
        : isObject(additionalProperties)
          ? (additionalProperties as Schema)
          : {};
    current = resolve(root, next);
    titles.push(isItem ? `${current.title ?? 'Item'} ${Number(part) + 1}` : (current.title ?? part));
  }
  return titles.join(' › ') || 'Input';
}
