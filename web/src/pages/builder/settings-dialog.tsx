import { type FormEvent, useState } from 'react';
import { FAILURE_LIST, isObject, type JsonObject, MAIN_LIST, placesOf } from '../../builder/document.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Field } from '../../components/field.tsx';
import { below, valueAt, withValueAt } from '../../data/pointer.ts';
import { useBuilder } from './builder-context.ts';
import { FieldErrors } from './field-errors.tsx';
import { InputEditor } from './input-editor.tsx';
import { NumberField } from './number-field.tsx';
import { OtherProperties } from './other-properties.tsx';

const MAX_TIMEOUT_SECONDS = 31_536_000;
const KNOWN =
  'name description variables secrets trigger steps concurrency_key on_failure notify timeout_seconds metadata enabled publish'.split(
    ' ',
  );
const NAME = /^[A-Za-z_]\w*$/;

/** What belongs to the whole workflow. */
export function SettingsDialog() {
  const { document, edit, canEdit, close } = useBuilder();
  const text = (name: string) => (typeof document[name] === 'string' ? document[name] : '');
  const set = (name: string, value: unknown) => edit((before) => withValueAt(before, `/${name}`, value), `/${name}`);
  const notify = Array.isArray(document.notify) ? document.notify : ['failed'];
  return (
    <Dialog title="Workflow settings" onClose={close} isWide actions={<Button onPress={close}>Close</Button>}>
      {['/name', '/variables', '/secrets', '/concurrency_key'].map((pointer) => (
        <FieldErrors key={pointer} pointer={pointer} />
      ))}
      <div data-place="/name">
        <Field label="Name" value={text('name')} onChange={(name) => set('name', name)} isDisabled={!canEdit} />
      </div>
      <Field
        label="Description"
        value={text('description')}
        onChange={(value) => set('description', value === '' ? undefined : value)}
        isDisabled={!canEdit}
        isLong
      />
      <div data-place="/concurrency_key">
        <Field
          label="Concurrency key"
          value={text('concurrency_key')}
          onChange={(value) => set('concurrency_key', value === '' ? undefined : value)}
          isDisabled={!canEdit}
          spellCheck="false"
          hint="Runs with the same key execute one at a time: {{ trigger.customer }}"
        />
      </div>
      <div data-place="/timeout_seconds">
        <NumberField
          label="Time limit of a run (seconds)"
          value={document.timeout_seconds}
          onChange={(value) => set('timeout_seconds', value)}
          min={0.001}
          max={MAX_TIMEOUT_SECONDS}
          isDisabled={!canEdit}
        />
      </div>
      <fieldset className="group">
        <legend>Events for webhook endpoints</legend>
        {(['failed', 'succeeded'] as const).map((end) => (
          <label key={end} className="row">
            <input
              type="checkbox"
              className="checkbox"
              disabled={!canEdit}
              checked={notify.includes(end)}
              onChange={(event) =>
                set('notify', event.target.checked ? [...notify, end] : notify.filter((other) => other !== end))
              }
            />
            When a run has {end}
          </label>
        ))}
      </fieldset>
      <h3>Variables</h3>
      <div data-place="/variables">
        <InputEditor
          label="Variables as JSON"
          value={document.variables ?? {}}
          onChange={(value) => set('variables', isObject(value) && Object.keys(value).length === 0 ? undefined : value)}
          isReadOnly={!canEdit}
        />
      </div>
      <Secrets />
      <OtherProperties value={document} pointer="" known={KNOWN} more={noSteps(document)} />
    </Dialog>
  );
}

/** Items of lists of steps that are none: neither outline nor graph have a place for them. */
function noSteps(document: JsonObject): { pointer: string; value: unknown }[] {
  const lists = new Set([MAIN_LIST, FAILURE_LIST, ...placesOf(document).map(({ list }) => list)]);
  return [...lists].flatMap((list) => {
    const items = valueAt(document, list);
    if (!Array.isArray(items)) return [];
    return items.flatMap((value, i) => (isObject(value) ? [] : { pointer: below(list, i), value }));
  });
}

/** Secrets by name. A value is typed once and never shown; the tab does not keep it over a reload. */
function Secrets() {
  const { document, edit, canEdit } = useBuilder();
  const [name, setName] = useState('');
  const [value, setValue] = useState('');
  const secrets = isObject(document.secrets) ? document.secrets : {};
  const problem =
    name === '' || NAME.test(name) ? undefined : 'must begin with a letter and have only letters, digits and _';
  const add = (event: FormEvent) => {
    event.preventDefault();
    if (name === '' || value === '' || problem !== undefined) return;
    edit((before) => withValueAt(before, below('/secrets', name), value));
    setName('');
    setValue('');
  };
  return (
    <section className="stack" aria-label="Secrets" data-place="/secrets">
      <h3>Secrets</h3>
      {Object.keys(secrets).length === 0 && <p className="soft small">None. Expressions read one as secrets.NAME.</p>}
      <ul className="stack-tight">
        {Object.keys(secrets).map((each) => (
          <li key={each} className="row">
            <code>{each}</code>
            {canEdit && (
              <Button
                kind="quiet"
                onPress={() =>
                  edit((before) => {
                    const { [each]: _, ...rest } = isObject(before.secrets) ? before.secrets : {};
                    return withValueAt(before, '/secrets', Object.keys(rest).length === 0 ? undefined : rest);
                  })
                }
              >
                Remove {each}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {canEdit && (
        <form className="row row-end" onSubmit={add}>
          <Field
            label="Secret name"
            value={name}
            onChange={setName}
            spellCheck="false"
            {...(problem && { error: problem })}
          />
          <Field label="Secret value" value={value} onChange={setValue} type="password" autoComplete="off" />
          <Button type="submit">{Object.hasOwn(secrets, name) ? 'Replace secret' : 'Add secret'}</Button>
        </form>
      )}
    </section>
  );
}
