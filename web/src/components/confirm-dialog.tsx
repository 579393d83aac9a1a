import type { ReactNode } from 'react';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { FormError } from './form.tsx';

interface ConfirmDialogProps {
  title: string;
  /** The act, on the button: `Revoke key`. */
  act: string;
  /** What will be different afterwards. */
  children: ReactNode;
  onConfirm(): void;
  onClose(): void;
  isPending: boolean;
  error: unknown;
  /** What must be known first is still being loaded. */
  isDisabled?: boolean;
}

/** Asks before something that cannot be taken back. */
export function ConfirmDialog({ title, act, children, onConfirm, onClose, ...state }: ConfirmDialogProps) {
  return (
    <Dialog
      title={title}
      onClose={state.isPending ? undefined : onClose}
      actions={
        <>
          <Button onPress={onClose} isDisabled={state.isPending}>
            Cancel
          </Button>
          <Button kind="primary" onPress={onConfirm} isPending={state.isPending} isDisabled={state.isDisabled ?? false}>
            {act}
          </Button>
        </>
      }
    >
      {children}
      <FormError error={state.error} />
    </Dialog>
  );
}
