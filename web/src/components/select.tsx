import { Button } from 'react-aria-components/Button';
import { FieldError } from 'react-aria-components/FieldError';
import { Label } from 'react-aria-components/Label';
import { ListBox, ListBoxItem } from 'react-aria-components/ListBox';
import { Popover } from 'react-aria-components/Popover';
import { Select as AriaSelect, SelectValue } from 'react-aria-components/Select';
import { Text } from 'react-aria-components/Text';
import { useFieldError } from './form-scope.ts';
import { Icon } from './icon.tsx';

export interface SelectOption {
  id: string;
  text: string;
  /** What it means, below the text. */
  detail?: string;
}

interface SelectProps {
  label: string;
  options: readonly SelectOption[];
  value: string | undefined;
  onChange(value: string): void;
  hint?: string;
  /** JSON pointer of the value in the body of the request, such as `/name`: what the API says of it stands here. */
  pointer?: string | undefined;
  placeholder?: string;
  isRequired?: boolean;
}

/** One of several values, chosen from a list. */
export function Select({ label, options, value, onChange, hint, pointer, placeholder, isRequired }: SelectProps) {
  const error = useFieldError(pointer);
  return (
    <AriaSelect
      className="field"
      selectedKey={value ?? null}
      onSelectionChange={(key) => key !== null && onChange(String(key))}
      isInvalid={error !== undefined}
      validationBehavior="aria"
      isRequired={isRequired}
      placeholder={placeholder ?? 'Choose…'}
    >
      <Label>{label}</Label>
      <Button className="input select">
        <SelectValue className="clip">
          {({ selectedText, defaultChildren }) => selectedText || defaultChildren}
        </SelectValue>
        <Icon name="down" size={12} />
      </Button>
      {hint !== undefined && (
        <Text slot="description" className="field-hint">
          {hint}
        </Text>
      )}
      <FieldError className="field-error">{error}</FieldError>
      <Popover className="popover select-list">
        <ListBox className="list" items={options}>
          {({ id, text, detail }) => (
            <ListBoxItem id={id} textValue={text} className="list-item">
              <span className="option">
                <span>{text}</span>
                {detail !== undefined && <span className="soft small">{detail}</span>}
              </span>
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </AriaSelect>
  );
}
