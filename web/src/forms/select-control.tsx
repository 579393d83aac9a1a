import { Icon } from '../components/icon.tsx';
import { isSame, stringifyExact } from '../data/json.ts';
import type { ControlProps } from './form-context.ts';

const NOT_SET = '';

/** One of a few values, or none. A value that is not among them stays, and is shown as it is. */
export function SelectControl({
  id,
  schema,
  value,
  onChange,
  isEntry,
  isRequired,
  describedBy,
  isInvalid,
}: ControlProps) {
  const values = schema.enum ?? [true, false];
  const known = values.findIndex((each) => isSame(each, value));
  const isOther = value !== undefined && known < 0;
  return (
    <span className="form-select">
      <select
        id={id}
        className="input"
        value={isOther ? 'other' : known < 0 ? NOT_SET : String(known)}
        aria-describedby={describedBy}
        aria-invalid={isInvalid || undefined}
        aria-required={isRequired || undefined}
        onChange={({ target }) => {
          if (target.value !== 'other') onChange(target.value === NOT_SET ? undefined : values[Number(target.value)]);
        }}
      >
        {(!isEntry || value === undefined) && <option value={NOT_SET}>{notSet(schema.default)}</option>}
        {values.map((each, at) => (
          <option key={wordOf(each)} value={at}>
            {wordOf(each)}
          </option>
        ))}
        {isOther && <option value="other">{wordOf(value)}</option>}
      </select>
      <Icon name="down" size={12} />
    </span>
  );
}

function notSet(value: unknown): string {
  return value === undefined ? 'Not set' : `Default: ${wordOf(value)}`;
}

function wordOf(value: unknown): string {
  if (value === true) return 'Yes';
  if (value === false) return 'No';
  return typeof value === 'string' ? value : stringifyExact(value);
}
