import { FieldError } from 'react-aria-components/FieldError';
import { Input } from 'react-aria-components/Input';
import { Label } from 'react-aria-components/Label';
import { Text } from 'react-aria-components/Text';
import { TextArea } from 'react-aria-components/TextArea';
import { TextField } from 'react-aria-components/TextField';
import { useFieldError } from './form-scope.ts';

interface FieldProps {
  label: string;
  value: string;
  onChange(value: string): void;
  hint?: string;
  /** JSON pointer of the value in the body of the request, such as `/name`: what the API says of it stands here. */
  pointer?: string | undefined;
  /** What is wrong with the value, before the API is asked. */
  error?: string | undefined;
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
export function Field({ label, hint, pointer, isLong = false, value, onChange, ...rest }: FieldProps) {
  const refused = useFieldError(pointer);
  const { error = refused, ...own } = rest;
  return (
    <TextField
      className="field"
      value={value}
      onChange={onChange}
      isInvalid={error !== undefined}
      validationBehavior="aria"
      {...own}
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
