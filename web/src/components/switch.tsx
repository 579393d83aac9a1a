import { Switch as AriaSwitch } from 'react-aria-components/Switch';

interface SwitchProps {
  label: string;
  isOn: boolean;
  onChange(isOn: boolean): void;
  isDisabled?: boolean;
}

/** Something that is on or off, and changes at once. */
export function Switch({ label, isOn, onChange, isDisabled }: SwitchProps) {
  return (
    <AriaSwitch className="switch" isSelected={isOn} onChange={onChange} isDisabled={isDisabled}>
      <span className="switch-track" />
      {label}
    </AriaSwitch>
  );
}
