import { useState } from 'react';
import { Button, IconButton } from '../components/button.tsx';
import { below } from '../data/pointer.ts';
import { type ControlProps, controlId, useForm } from './form-context.ts';
import { Problem } from './problem.tsx';
import { emptyOf, isObject, type JsonObject, type Schema } from './schema.ts';

/** An object of any names. */
export function MapControl({ id, pointer, schema, title, value, onChange, isEntry }: ControlProps) {
  const isThere = isObject(value);
  return (
    <div className="form-list">
      {isThere && Object.keys(value).length === 0 && <p className="small soft">Sent without entries.</p>}
      <ExtraFields id={id} pointer={pointer} schema={schema} value={isThere ? value : {}} title={title} />
      {isThere && !isEntry && (
        <div>
          <Button kind="quiet" onPress={() => onChange(undefined)}>
            Remove {title}
          </Button>
        </div>
      )}
    </div>
  );
}

interface ExtraFieldsProps {
  pointer: string;
  schema: Schema;
  value: JsonObject;
  title?: string;
  id?: string;
}

/** The members of an object that its schema does not name. What may not be there is shown all the same, and can be removed. */
export function ExtraFields({ id, pointer, schema, value, title }: ExtraFieldsProps) {
  const { root, change, Field } = useForm();
  const { properties = {}, additionalProperties = schema.properties === undefined } = schema;
  const names = Object.keys(value).filter((name) => !Object.hasOwn(properties, name));
  const entry: Schema = isObject(additionalProperties) ? additionalProperties : {};
  const mayAdd = additionalProperties !== false;
  const replace = (entries: [string, unknown][]) => change(pointer, Object.fromEntries(entries));
  return (
    <>
      {names.map((name, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: an entry that is renamed stays what it is, and keeps the focus
        <div key={at} className="form-entry">
          {mayAdd && (
            <EntryName
              pointer={pointer}
              at={at}
              name={name}
              taken={(next) => Object.hasOwn(value, next) || Object.hasOwn(properties, next)}
              onRename={(next) =>
                replace(Object.entries(value).map(([each, inner]) => [each === name ? next : each, inner]))
              }
            />
          )}
          <Field
            pointer={below(pointer, name)}
            schema={entry}
            title={mayAdd ? `Value of ${name === '' ? 'the new entry' : name}` : name}
            value={value[name]}
            isEntry
            remark={mayAdd ? undefined : 'This is not a field of the schema.'}
            buttons={
              <IconButton
                icon="close"
                label={`Remove ${name === '' ? 'the new entry' : name}`}
                onPress={() => replace(Object.entries(value).filter(([each]) => each !== name))}
              />
            }
          />
        </div>
      ))}
      {mayAdd && title !== undefined && !Object.hasOwn(value, '') && (
        <div>
          <Button id={id} icon="plus" onPress={() => replace([...Object.entries(value), ['', emptyOf(root, entry)]])}>
            Add to {title}
          </Button>
        </div>
      )}
    </>
  );
}

interface EntryNameProps {
  pointer: string;
  at: number;
  name: string;
  taken(name: string): boolean;
  onRename(name: string): void;
}

/** The name of an entry. One that another entry has is not taken over: that entry would be lost. */
function EntryName({ pointer, at, name, taken, onRename }: EntryNameProps) {
  const form = useForm();
  const [typed, setTyped] = useState<{ text: string; of: string }>();
  const text = typed?.of === name ? typed.text : name;
  const isTaken = text !== name && taken(text);
  const problem = isTaken
    ? `"${text}" is there already; enter another name.`
    : text === ''
      ? 'Enter a name.'
      : undefined;
  const id = `${controlId(form.id, pointer)}-name-${at}`;
  return (
    <div className="form-field">
      <label htmlFor={id} className="form-title">
        Name
      </label>
      <input
        id={id}
        className="input mono"
        autoComplete="off"
        spellCheck={false}
        value={text}
        aria-invalid={isTaken || undefined}
        onChange={({ target }) => {
          setTyped({ text: target.value, of: taken(target.value) ? name : target.value });
          if (!taken(target.value)) onRename(target.value);
        }}
      />
      <Problem place={`${pointer}#${at}`} text={problem} />
    </div>
  );
}
