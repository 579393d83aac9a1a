import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { copyText } from '../../components/copy-id.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { isSame } from '../../data/json.ts';
import type { Schema } from '../../forms/schema.ts';
import { type CallToCopy, cliCall, httpCall } from './call-text.ts';
import { withoutSecrets } from './without-secrets.ts';

interface CallDialogProps {
  form: 'cli' | 'http';
  call: CallToCopy;
  schema: Schema;
  onClose(): void;
}

/** The same call as the form's, to copy. Secrets are left out of it. */
export function CallDialog({ form, call, schema, onClose }: CallDialogProps) {
  const [isCopied, setCopied] = useState(false);
  const input = withoutSecrets(schema, call.input);
  const text = form === 'cli' ? cliCall({ ...call, input }) : httpCall({ ...call, input }, window.location.origin);
  const copy = async () => {
    await copyText(text);
    setCopied(true);
  };
  return (
    <Dialog
      title={form === 'cli' ? 'As CLI' : 'As HTTP'}
      onClose={onClose}
      isWide
      actions={
        <>
          <Button onPress={onClose}>Close</Button>
          <Button kind="primary" icon={isCopied ? 'check' : 'copy'} onPress={copy}>
            {isCopied ? 'Copied' : 'Copy'}
          </Button>
        </>
      }
    >
      <p className="soft">
        {form === 'cli'
          ? 'It runs the action as the form would, waits for the end and prints the output.'
          : 'It needs an API key with the role operator in PENSTOCK_API_KEY, and waits up to 60 seconds for the end.'}
        {!isSame(input, call.input) && ' Secrets are left out: replace "[secret]", which the API refuses.'}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long call is scrolled by keyboard */}
      <pre className="call" role="region" tabIndex={0} aria-label="The call">
        {text}
      </pre>
    </Dialog>
  );
}
