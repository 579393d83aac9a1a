import { type ReactNode, useId } from 'react';
import { Checkbox as AriaCheckbox } from 'react-aria-components/Checkbox';
import { useFieldError } from './form-scope.ts';
import { Icon } from './icon.tsx';

interface CheckboxProps {
  children: ReactNode;
  isSelected: boolean;
  onChange(isSelected: boolean): void;
  isDisabled?: boolean;
  /** JSON pointer of the value in the body of the request, such as `/name`: what the API says of it stands here. */
  pointer?: string | undefined;
}

/** A choice between yes and no, with its words. */
export function Checkbox({ children, pointer, ...rest }: CheckboxProps) {
  const id = useId();
  const error = useFieldError(pointer);
  const wrong = error === undefined ? {} : { isInvalid: true, 'aria-describedby': id };
  const box = (
    <AriaCheckbox className="check" {...wrong} {...rest}>
      {({ isSelected }) => (
        <>
          <span className="check-mark" data-selected={isSelected || undefined}>
            {isSelected && <Icon name="check" size={12} />}
          </span>
          <span>{children}</span>
        </>
      )}
    </AriaCheckbox>
  );
  return (
    <>
      {box}
      {error !== undefined && (
        <span id={id} className="field-error">
          {error}
        </span>
      )}
    </>
  );
}
