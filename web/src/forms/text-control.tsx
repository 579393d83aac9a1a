import { useRef, useState } from 'react';
import { Button } from '../components/button.tsx';
import { stringifyExact } from '../data/json.ts';
import type { ControlProps } from './form-context.ts';
import { readNumber } from './number.ts';
import { int64Problem, Problem } from './problem.tsx';
import { typesOf } from './schema.ts';

const ZONES = 'form-time-zones';

/** A text of one or many lines. A text with line breaks never stands in a field that would drop them. */
export function TextControl(props: ControlProps) {
  const { id, schema, title, value, onChange, isEntry, describedBy, isInvalid } = props;
  const widget = schema['x-ui']?.widget;
  const isInt64 = schema.format === 'int64';
  const text = value === undefined ? '' : String(value);
  const problem = int64Problem(schema, value);
  const wasLong = useRef(false);
  const change = (typed: string) => onChange(typed === '' && !isEntry ? undefined : typed);
  const common = {
    id,
    value: text,
    spellCheck: false,
    autoComplete: 'off',
    placeholder: placeholderOf(props),
    'aria-describedby': describedBy,
    'aria-invalid': isInvalid || problem !== undefined || undefined,
    'aria-required': props.isRequired || undefined,
  } as const;
  if (value === null) {
    return (
      <div className="row">
        <code id={id} tabIndex={-1}>
          null
        </code>
        <Button kind="quiet" onPress={() => onChange(isEntry ? '' : undefined)}>
          Enter a value for {title}
        </Button>
      </div>
    );
  }
  // A person who removes the last line break keeps the field that is typed in.
  const isLong = wasLong.current || widget === 'textarea' || widget === 'sql' || text.includes('\n');
  wasLong.current = isLong;
  const isMono = widget === 'sql' || widget === 'cron';
  const nullable = typesOf(schema).includes('null');
  return (
    <>
      {isLong ? (
        <textarea
          {...common}
          className={`input${isMono ? ' mono' : ''}`}
          rows={Math.min(Math.max(text.split('\n').length + 1, 4), 20)}
          onChange={(event) => change(event.target.value)}
        />
      ) : (
        <input
          {...common}
          className={`input${isMono || isInt64 ? ' mono' : ''}`}
          inputMode={isInt64 ? 'numeric' : undefined}
          list={widget === 'time_zone' ? ZONES : undefined}
          onChange={(event) => change(event.target.value)}
        />
      )}
      {widget === 'time_zone' && (
        <datalist id={ZONES}>
          {Intl.supportedValuesOf('timeZone').map((zone) => (
            <option key={zone} value={zone} />
          ))}
        </datalist>
      )}
      <Problem place={props.pointer} text={problem} />
      {value === '' && !isEntry && (
        <div className="row small soft">
          Sent as an empty text.
          <Button kind="quiet" onPress={() => onChange(undefined)}>
            Leave {title} out
          </Button>
        </div>
      )}
      {nullable && value === undefined && (
        <div>
          <Button kind="quiet" onPress={() => onChange(null)}>
            Use null for {title}
          </Button>
        </div>
      )}
    </>
  );
}

/** A number. A text that is none, or that a number cannot keep, stays as it was typed, and the API refuses it. */
export function NumberControl(props: ControlProps) {
  const { id, schema, value, onChange, isEntry, describedBy, isInvalid } = props;
  const isInteger = typesOf(schema).includes('integer');
  const [typed, setTyped] = useState('');
  const read = readNumber(typed, isInteger);
  // What was typed is shown as long as it means the value: `1.50` is not rewritten as `1.5` under the fingers.
  const shown = 'value' in read && read.value === value ? typed : value === undefined ? '' : String(value);
  const wrong = typeof value === 'string' && value !== '' ? readNumber(value, isInteger) : undefined;
  const problem = wrong !== undefined && 'problem' in wrong ? wrong.problem : undefined;
  return (
    <>
      <input
        id={id}
        className="input number-input"
        inputMode={isInteger ? 'numeric' : 'decimal'}
        autoComplete="off"
        value={shown}
        placeholder={placeholderOf(props)}
        aria-describedby={describedBy}
        aria-invalid={isInvalid || problem !== undefined || undefined}
        aria-required={props.isRequired || undefined}
        onChange={(event) => {
          const text = event.target.value;
          setTyped(text);
          if (text.trim() === '') return onChange(isEntry ? '' : undefined);
          const now = readNumber(text, isInteger);
          onChange('value' in now ? now.value : text);
        }}
      />
      <Problem place={props.pointer} text={problem} />
    </>
  );
}

export function placeholderOf({ schema }: Pick<ControlProps, 'schema'>): string | undefined {
  if (schema.default !== undefined) return `Default: ${textOf(schema.default)}`;
  const [example] = schema.examples ?? [];
  return example === undefined ? undefined : `Such as ${textOf(example)}`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : stringifyExact(value);
}
