import type { ReactNode } from 'react';
import { Button as AriaButton } from 'react-aria-components/Button';
import { Icon, type IconName } from './icon.tsx';

interface ButtonProps {
  children: ReactNode;
  id?: string | undefined;
  onPress?: () => void;
  kind?: 'plain' | 'primary' | 'quiet';
  icon?: IconName;
  type?: 'button' | 'submit';
  /** Id of the form that it submits, where it is outside of it. */
  form?: string;
  isDisabled?: boolean;
  /** While a request is sent: the button keeps its place and cannot be pressed again. */
  isPending?: boolean;
}

/** A button with a word. `primary` is the one act that a page or dialog is for. */
export function Button({ children, icon, kind = 'plain', isPending = false, onPress, type, ...rest }: ButtonProps) {
  // Not React Aria's own pending: it announces by an element that names the button, which may be gone by then.
  const held = isPending ? { 'aria-disabled': true, type: 'button' as const } : { onPress, type };
  return (
    <AriaButton className="button" data-kind={kind} data-pending={isPending || undefined} {...rest} {...held}>
      {icon !== undefined && <Icon name={icon} />}
      {children}
    </AriaButton>
  );
}

interface IconButtonProps {
  icon: IconName;
  /** What it does; it is read and shown on hover. */
  label: string;
  onPress?: () => void;
}

/** A button of one icon, where there is no room for a word. */
export function IconButton({ icon, label, onPress }: IconButtonProps) {
  return (
    <AriaButton className="button" data-kind="quiet" data-square aria-label={label} onPress={onPress}>
      <Icon name={icon} />
    </AriaButton>
  );
}
