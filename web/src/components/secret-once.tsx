import { useId, useState } from 'react';
import { Button } from './button.tsx';
import { copyText } from './copy-id.tsx';
import { Notice } from './notice.tsx';

interface SecretOnceProps {
  label: string;
  value: string;
  /** Who needs it, and that it is shown only once. */
  children: string;
}

/** A new secret, which nobody can see again. It is in the document only while this is shown. */
export function SecretOnce({ label, value, children }: SecretOnceProps) {
  const id = useId();
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    await copyText(value);
    setCopied(true);
  };
  return (
    <div className="stack">
      <Notice state="waiting">{children}</Notice>
      <div className="field">
        <label htmlFor={id}>{label}</label>
        <div className="secret">
          <input
            id={id}
            className="input mono"
            readOnly
            value={value}
            autoComplete="off"
            onFocus={(event) => event.currentTarget.select()}
          />
          <Button icon={isCopied ? 'check' : 'copy'} onPress={copy}>
            {isCopied ? 'Copied' : 'Copy'}
          </Button>
        </div>
      </div>
    </div>
  );
}
