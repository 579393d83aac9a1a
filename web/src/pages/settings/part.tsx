import { type ReactNode, useId } from 'react';

interface PartProps {
  title: ReactNode;
  actions?: ReactNode;
  /** It is one grid, which scrolls by itself. */
  fills?: boolean;
  children: ReactNode;
}

/** One part of the settings: its heading, what can be done, its content. */
export function Part({ title, actions, fills = false, children }: PartProps) {
  const id = useId();
  return (
    <section className="settings-part" data-fills={fills || undefined} aria-labelledby={id}>
      <div className="part-head">
        <h2 id={id}>{title}</h2>
        {actions !== undefined && <div className="row">{actions}</div>}
      </div>
      {children}
    </section>
  );
}

/** A word in a row of a grid that does something with that row. */
export function RowButton({ label, children, onPress }: { label: string; children: string; onPress: () => void }) {
  return (
    <button type="button" className="link" aria-label={label} onClick={onPress}>
      {children}
    </button>
  );
}
