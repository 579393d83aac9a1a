import { memo, useCallback, useState } from 'react';
import { Button } from '../components/button.tsx';
import { placed } from '../data/api-error.ts';
import { isUnder } from '../data/pointer.ts';
import { ChoiceControl } from './choice-control.tsx';
import { type ControlProps, controlId, type FieldProps, useForm } from './form-context.ts';
import { JsonControl } from './json-control.tsx';
import { isGroup, kindOf } from './kinds.ts';
import { ListControl } from './list-control.tsx';
import { MapControl } from './map-control.tsx';
import { ObjectControl } from './object-control.tsx';
import { resolve } from './schema.ts';
import { SecretControl } from './secret-control.tsx';
import { SelectControl } from './select-control.tsx';
import { NumberControl, TextControl } from './text-control.tsx';

const CONTROLS = {
  text: TextControl,
  number: NumberControl,
  select: SelectControl,
  secret: SecretControl,
  choice: ChoiceControl,
  json: JsonControl,
  list: ListControl,
  map: MapControl,
  object: ObjectControl,
} as const;

/** One field with its label, hint and error. It is rendered again when its own value or error changes. */
export const FormField = memo(function FormField(props: FieldProps) {
  const { pointer, value, isRequired = false, isEntry = false, remark } = props;
  const form = useForm();
  const { change } = form;
  const schema = resolve(form.root, props.schema);
  const title = props.title;
  const id = controlId(form.id, pointer);
  const onChange = useCallback((next: unknown) => change(pointer, next), [change, pointer]);
  const kind = kindOf(schema, value);
  // What has members shows them as fields, which say what is wrong with them.
  const hasFields = isGroup(kind) && value !== undefined && form.expressions?.isExpression(value) !== true;
  const error = hasFields ? form.errors.get(pointer) : messageUnder(form.errors, pointer);
  const hint = schema.description;
  const described = [hint === undefined ? [] : [`${id}-hint`], error === undefined ? [] : [`${id}-error`]].flat();
  const control: ControlProps = {
    id,
    pointer,
    schema,
    title,
    value,
    onChange,
    isEntry,
    isRequired,
    describedBy: described.length === 0 ? undefined : described.join(' '),
    isInvalid: error !== undefined,
  };
  // An expression that is rewritten is no expression for some keys: the editor stays.
  const [isStaying, setStaying] = useState(false);
  const hasExpression = form.expressions?.isExpression(value) === true;
  if (hasExpression && !isStaying) setStaying(true);
  const isExpression = hasExpression || (isStaying && typeof value === 'string' && form.expressions !== undefined);
  const Control = CONTROLS[kind];
  const isSql = form.renderSql !== undefined && kind === 'text' && schema['x-ui']?.widget === 'sql' && value !== null;
  const isNamedGroup = isGroup(kind) && !isExpression;
  return (
    <div
      className="form-field"
      data-place={pointer}
      data-invalid={error !== undefined || undefined}
      {...(isNamedGroup && value === undefined && { 'data-absent': true })}
      {...(isNamedGroup && { 'data-group': true, role: 'group', 'aria-labelledby': `${id}-label` })}
    >
      <div className="form-label">
        {isNamedGroup ? (
          <span id={`${id}-label`} className="form-title">
            {title}
          </span>
        ) : (
          <label id={`${id}-label`} htmlFor={id} className="form-title">
            {title}
          </label>
        )}
        {isRequired && <span className="soft small">Required</span>}
        {schema.deprecated === true && <span className="soft small">Deprecated</span>}
        <span className="form-buttons">
          {form.expressions !== undefined && (
            <ModeButton control={control} isExpression={isExpression} onLeave={() => setStaying(false)} />
          )}
          {props.buttons}
        </span>
      </div>
      {hint !== undefined && (
        <p id={`${id}-hint`} className="field-hint">
          {hint}
        </p>
      )}
      {remark !== undefined && value !== undefined && <p className="field-hint">{remark}</p>}
      {isExpression ? form.expressions!.render(control) : isSql ? form.renderSql!(control) : <Control {...control} />}
      {error !== undefined && (
        <p id={`${id}-error`} className="field-error">
          {error}
        </p>
      )}
    </div>
  );
});

/** What is said of a place and of what is inside it. */
function messageUnder(errors: ReadonlyMap<string, string>, pointer: string): string | undefined {
  const found = [...errors].filter(([at]) => isUnder(at, pointer));
  if (found.length === 0) return undefined;
  return found.map(([at, message]) => placed({ pointer: at.slice(pointer.length), message })).join('; ');
}

/** Switches a field between value and expression. */
function ModeButton({
  control,
  isExpression,
  onLeave,
}: {
  control: ControlProps;
  isExpression: boolean;
  onLeave(): void;
}) {
  const { expressions } = useForm();
  const { title, schema, value, onChange, isEntry } = control;
  const change = () => {
    if (isExpression) onLeave();
    onChange(isExpression ? (isEntry ? '' : undefined) : expressions!.start(value, schema));
  };
  return (
    <Button kind="quiet" onPress={change}>
      {isExpression ? 'Value' : 'Expression'}
      <span className="hidden"> for {title}</span>
    </Button>
  );
}
