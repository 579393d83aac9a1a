import { Label } from 'react-aria-components/Label';
import { Radio, RadioGroup } from 'react-aria-components/RadioGroup';

interface RadiosProps<Id extends string> {
  label: string;
  value: Id;
  onChange(value: Id): void;
  options: readonly { id: Id; text: string; hint?: string }[];
}

/** One choice of few, all of them visible. */
export function Radios<Id extends string>({ label, value, onChange, options }: RadiosProps<Id>) {
  return (
    <RadioGroup className="field" value={value} onChange={(id) => onChange(id as Id)}>
      <Label>{label}</Label>
      {options.map(({ id, text, hint }) => (
        <Radio key={id} value={id} className="radio">
          <span className="radio-dot" />
          <span>
            {text}
            {hint !== undefined && <span className="field-hint"> {hint}</span>}
          </span>
        </Radio>
      ))}
    </RadioGroup>
  );
}
