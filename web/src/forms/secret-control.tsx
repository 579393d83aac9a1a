import { Button } from '../components/button.tsx';
import type { ControlProps } from './form-context.ts';

/** What the API shows in place of a secret. */
const HIDDEN = '[secret]';

/** A secret: what is stored is not shown, only replaced; what is typed is hidden. */
export function SecretControl(props: ControlProps) {
  const { id, title, value, onChange, isEntry, describedBy, isInvalid } = props;
  if (typeof value === 'string' && value.includes(HIDDEN)) {
    return (
      <div className="row">
        <span id={id} tabIndex={-1} className="soft">
          A value is stored.
        </span>
        <Button onPress={() => onChange(isEntry ? '' : undefined)}>Replace {title}</Button>
      </div>
    );
  }
  return (
    <input
      id={id}
      className="input"
      type="password"
      autoComplete="new-password"
      value={typeof value === 'string' ? value : ''}
      aria-describedby={describedBy}
      aria-invalid={isInvalid || undefined}
      onChange={({ target }) => onChange(target.value === '' && !isEntry ? undefined : target.value)}
    />
  );
}
