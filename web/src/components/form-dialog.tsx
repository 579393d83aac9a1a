import { type ReactNode, useId } from 'react';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Form } from './form.tsx';

interface FormDialogProps {
  title: string;
  /** The act, on the button that sends: `Create link`. */
  act: string;
  /** The request, as `useAct` gives it. While it is sent the dialog stays. */
  request: { isPending: boolean; error: unknown };
  onSubmit(): void;
  onClose(): void;
  /** The word that sends nothing, where "Cancel" could be taken for another act. */
  dismiss?: string;
  /** There is nothing to send yet. */
  isDisabled?: boolean;
  isWide?: boolean;
  children: ReactNode;
}

/** A dialog that is one request: its fields, what the API says of them, and two buttons. Who sends the request closes it. */
export function FormDialog({ title, act, request, onSubmit, onClose, dismiss = 'Cancel', ...more }: FormDialogProps) {
  const form = useId();
  const { isDisabled = false, isWide = false, children } = more;
  return (
    <Dialog
      title={title}
      isWide={isWide}
      onClose={request.isPending ? undefined : onClose}
      actions={
        <>
          <Button onPress={onClose} isDisabled={request.isPending}>
            {dismiss}
          </Button>
          <Button kind="primary" type="submit" form={form} isPending={request.isPending} isDisabled={isDisabled}>
            {act}
          </Button>
        </>
      }
    >
      <Form id={form} onSubmit={onSubmit} error={request.error}>
        {children}
      </Form>
    </Dialog>
  );
}
