import type { ReactNode } from 'react';
import { Dialog as AriaDialog } from 'react-aria-components/Dialog';
import { Heading } from 'react-aria-components/Heading';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';

interface DialogProps {
  title: string;
  /** Called when it is to be closed; a dialog without it stays until its work is done. */
  onClose?: () => void;
  /** Buttons, the main one last. */
  actions?: ReactNode;
  isWide?: boolean;
  children: ReactNode;
}

/** A modal dialog. It is open while it is rendered; its place in the URL is up to the page. */
export function Dialog({ title, onClose, actions, isWide = false, children }: DialogProps) {
  return (
    <ModalOverlay
      className="veil"
      isOpen
      isDismissable={onClose !== undefined}
      isKeyboardDismissDisabled={onClose === undefined}
      onOpenChange={(isOpen) => !isOpen && onClose?.()}
    >
      <Modal className="dialog" data-wide={isWide || undefined}>
        <AriaDialog>
          <Heading slot="title" level={2}>
            {title}
          </Heading>
          {children}
          {actions !== undefined && <div className="dialog-actions">{actions}</div>}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}
