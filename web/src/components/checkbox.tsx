import { type ReactNode, useId } from 'react';
import { Checkbox as AriaCheckbox } from 'react-aria-components/Checkbox';
import { Icon } from './icon.tsx';

interface CheckboxProps {
  children: ReactNode;
  isSelected: boolean;
  onChange(isSelected: boolean): void;
  isDisabled?: boolean;
  /** What is wrong with the choice; the API's word for it, by `errorUnder`. */
  error?: string | undefined;
}

/** A choice between yes and no, with its words. */
export function Checkbox({ children, error, ...rest }: CheckboxProps) {
  const id = useId();
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
