import { ToggleButton } from 'react-aria-components/ToggleButton';
import { ToggleButtonGroup } from 'react-aria-components/ToggleButtonGroup';

interface SegmentsProps<Id extends string> {
  label: string;
  value: Id;
  onChange(value: Id): void;
  options: readonly { id: Id; text: string }[];
}

/** One choice of two or three short words, beside a title. */
export function Segments<Id extends string>({ label, value, onChange, options }: SegmentsProps<Id>) {
  return (
    <ToggleButtonGroup
      className="segments"
      aria-label={label}
      selectionMode="single"
      disallowEmptySelection
      selectedKeys={[value]}
      onSelectionChange={(keys) => {
        const [chosen] = keys;
        if (chosen !== undefined) onChange(chosen as Id);
      }}
    >
      {options.map(({ id, text }) => (
        <ToggleButton key={id} id={id} className="segment">
          {text}
        </ToggleButton>
      ))}
    </ToggleButtonGroup>
  );
}
