import { FieldError } from 'react-aria-components/FieldError';
import { Input } from 'react-aria-components/Input';
import { Label } from 'react-aria-components/Label';
import { Text } from 'react-aria-components/Text';
import { TextArea } from 'react-aria-components/TextArea';
import { TextField } from 'react-aria-components/TextField';

interface FieldProps {
  label: string;
  value: string;
  onChange(value: string): void;
  hint?: string;
  /** What is wrong with the value; the API's word for it, by `errorUnder`. */
  error?: string;
  type?: 'text' | 'password' | 'url' | 'email' | 'datetime-local';
  isRequired?: boolean;
  isDisabled?: boolean;
  autoFocus?: boolean;
  /** Several lines. */
  isLong?: boolean;
  autoComplete?: string;
  spellCheck?: 'true' | 'false';
}

/** A text field with label, hint and error. */
export function Field({ label, hint, error, isLong = false, value, onChange, ...rest }: FieldProps) {
  return (
    <TextField
      className="field"
      value={value}
      onChange={onChange}
      isInvalid={error !== undefined}
      validationBehavior="aria"
      {...rest}
    >
      <Label>{label}</Label>
      {isLong ? <TextArea className="input" /> : <Input className="input" />}
      {hint !== undefined && (
        <Text slot="description" className="field-hint">
          {hint}
        </Text>
      )}
      <FieldError className="field-error">{error}</FieldError>
    </TextField>
  );
}
