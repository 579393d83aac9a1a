import { useState } from 'react';
import { Button } from 'react-aria-components/Button';
import { Icon } from './icon.tsx';

const SHOWN_MS = 1500;

/** An id or another short value that a press copies. */
export function CopyId({ value, label = 'Copy' }: { value: string; label?: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await copyText(value);
    setCopied(true);
    setTimeout(() => setCopied(false), SHOWN_MS);
  };
  return (
    <Button className="copy" aria-label={`${copied ? 'Copied' : label} ${value}`} onPress={copy}>
      <span className="clip">{value}</span>
      <Icon name={copied ? 'check' : 'copy'} size={14} />
    </Button>
  );
}

/** Copies a text, also on plain HTTP, where browsers have no clipboard object. */
export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard !== undefined) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'hidden';
  document.body.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}
