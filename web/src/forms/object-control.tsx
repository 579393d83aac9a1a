import { type ReactNode, useState } from 'react';
import { Button } from '../components/button.tsx';
import { below, isUnder } from '../data/pointer.ts';
import { type Alternative, alternativesOf, asChosen, chosenOf } from './alternatives.ts';
import { isAsked, requiredOf } from './conditions.ts';
import { type ControlProps, useForm } from './form-context.ts';
import { ExtraFields } from './map-control.tsx';
import { emptyOf, isObject, type JsonObject, resolve, type Schema } from './schema.ts';

/** An object of named fields: it is there, or it is not. */
export function ObjectControl({ id, pointer, schema, title, value, onChange, isEntry }: ControlProps) {
  const { root } = useForm();
  if (!isObject(value)) {
    return (
      <div>
        <Button id={id} icon="plus" onPress={() => onChange(emptyOf(root, schema))}>
          Add {title}
        </Button>
      </div>
    );
  }
  return (
    <div className="form-inner">
      <ObjectFields pointer={pointer} schema={schema} value={value} />
      {!isEntry && (
        <div>
          <Button kind="quiet" icon="close" onPress={() => onChange(undefined)}>
            Remove {title}
          </Button>
        </div>
      )}
    </div>
  );
}

interface ObjectFieldsProps {
  pointer: string;
  /** Without `$ref`. */
  schema: Schema;
  value: JsonObject;
}

/** The fields of an object: main ones, advanced ones folded, and what the schema does not name. */
export function ObjectFields({ pointer, schema: given, value }: ObjectFieldsProps) {
  const { root, errors, Field } = useForm();
  const alternatives = alternativesOf(root, given);
  const ways = useAlternative(alternatives, pointer, value);
  const schema = ways.chosen === undefined ? given : asChosen(given, alternatives[ways.chosen]!);
  const required = requiredOf(root, schema, value);
  const main: FieldOf[] = [];
  const advanced: FieldOf[] = [];
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const resolved = resolve(root, field);
    const hasValue = Object.hasOwn(value, name);
    const asked = isAsked(root, schema, value, resolved) && !ways.unused.has(name);
    const level = resolved['x-ui']?.level;
    if (!hasValue && (!asked || level === 'hidden')) continue;
    const isMain = (level === undefined || level === 'main') && resolved.deprecated !== true;
    const isNeeded = required.has(name) || ways.own.has(name);
    (isMain || isNeeded ? main : advanced).push({ name, schema: field, title: resolved.title ?? name, isAsked: asked });
  }
  const show = (fields: readonly FieldOf[]) =>
    fields.map((field) => (
      <Field
        key={field.name}
        pointer={below(pointer, field.name)}
        schema={field.schema}
        title={field.title}
        value={Object.hasOwn(value, field.name) ? value[field.name] : undefined}
        isRequired={required.has(field.name)}
        remark={field.isAsked ? undefined : 'It does not go with what is chosen above. Clear it, or choose otherwise.'}
      />
    ));
  const hasContent = advanced.some(
    ({ name }) => value[name] !== undefined || [...errors.keys()].some((at) => isUnder(at, below(pointer, name))),
  );
  return (
    <>
      {alternatives.length > 0 && (
        <AlternativeChoice alternatives={alternatives} ways={ways} hint={given.description} />
      )}
      {show(main)}
      <ExtraFields pointer={pointer} schema={schema} value={value} />
      {advanced.length > 0 && (
        <Advanced count={advanced.length} isOpenAnyway={hasContent}>
          {() => show(advanced)}
        </Advanced>
      )}
    </>
  );
}

interface FieldOf {
  name: string;
  schema: Schema;
  title: string;
  isAsked: boolean;
}

/** Fields that are seldom needed: folded, unless one has a value or an error. They exist once they are shown. */
function Advanced({
  count,
  isOpenAnyway,
  children,
}: {
  count: number;
  isOpenAnyway: boolean;
  children: () => ReactNode;
}) {
  const [isOpen, setOpen] = useState(isOpenAnyway);
  const isShown = isOpen || isOpenAnyway;
  return (
    <details className="form-advanced" open={isShown} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        Advanced <span className="soft number">{count}</span>
      </summary>
      {isShown && <div className="form-fields">{children()}</div>}
    </details>
  );
}

interface Ways {
  chosen: number | undefined;
  /** Fields of the chosen way, and of the others. */
  own: ReadonlySet<string>;
  unused: ReadonlySet<string>;
  choose(at: number): void;
}

/** Which way an object is filled in: what its value says, else what a person chose. What another way had is kept for its return. */
function useAlternative(alternatives: readonly Alternative[], pointer: string, value: JsonObject): Ways {
  const { change } = useForm();
  const [picked, setPicked] = useState(0);
  const [kept, setKept] = useState<JsonObject>({});
  const used = chosenOf(alternatives, value);
  const isMixed =
    used === undefined && alternatives.some(({ fields }) => fields.some((name) => value[name] !== undefined));
  const chosen = alternatives.length === 0 || isMixed ? undefined : (used ?? picked);
  const own = new Set(chosen === undefined ? [] : alternatives[chosen]!.fields);
  const unused = new Set(
    chosen === undefined ? [] : alternatives.flatMap(({ fields }) => fields.filter((name) => !own.has(name))),
  );
  return {
    chosen,
    own,
    unused,
    choose(at) {
      const { fields, schema } = alternatives[at]!;
      const others = new Set(alternatives.flatMap((each) => each.fields.filter((name) => !fields.includes(name))));
      const entries = Object.entries(value);
      setKept({ ...kept, ...Object.fromEntries(entries.filter(([name]) => others.has(name))) });
      setPicked(at);
      const next: JsonObject = Object.fromEntries(entries.filter(([name]) => !others.has(name)));
      for (const name of fields) if (next[name] === undefined && kept[name] !== undefined) next[name] = kept[name];
      for (const [name, field] of Object.entries(schema.properties ?? {}))
        if ('const' in field) next[name] = field.const;
      change(pointer, next);
    },
  };
}

function AlternativeChoice({
  alternatives,
  ways,
  hint,
}: {
  alternatives: readonly Alternative[];
  ways: Ways;
  hint: string | undefined;
}) {
  const { id } = useForm();
  return (
    <fieldset className="form-ways">
      <legend className="form-title">Fill in</legend>
      {hint !== undefined && <p className="field-hint">{hint}</p>}
      <div className="row">
        {alternatives.map(({ title, fields }, at) => (
          <label key={fields.join(' ') || title} className="form-way">
            <input
              type="radio"
              name={`${id}-${alternatives.map((each) => each.title).join('|')}`}
              checked={ways.chosen === at}
              onChange={() => ways.choose(at)}
            />
            {title}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
