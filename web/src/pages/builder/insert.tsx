import type { ReactNode } from 'react';
import { copyText } from '../../components/copy-id.tsx';
import { useBuilder } from './builder-context.ts';
import { insertTarget } from './insert-target.ts';

/** Inserts an expression where one typed last; where that is nowhere, it is copied. */
export function Insert({ text, children }: { text: string; children: ReactNode }) {
  const { canEdit, announce } = useBuilder();
  const insert = () => {
    const target = insertTarget.get();
    if (canEdit && target?.isThere() === true) {
      target.insert(text);
      announce(`Inserted ${text}`);
      return;
    }
    void copyText(text).then(() => announce(`Copied ${text}: no field was typed in yet.`));
  };
  return (
    <button
      type="button"
      className="button data-insert mono"
      data-kind="quiet"
      aria-label={`Insert ${text}`}
      onClick={insert}
    >
      {children}
    </button>
  );
}
