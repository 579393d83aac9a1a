import { type ReactNode, useEffect } from 'react';
import './components.css';

interface PageProps {
  /** The one h1, and the title of the browser's tab. */
  title: string;
  /** Beside the title: a status, an id. */
  beside?: ReactNode;
  /** Buttons and links at the right. */
  actions?: ReactNode;
  /** The page is as high as the window and its grid scrolls by itself. */
  fills?: boolean;
  children: ReactNode;
}

/** A page below the header: title, what can be done, content. */
export function Page({ title, beside, actions, fills = false, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Penstock`;
  }, [title]);
  return (
    <div className="page" data-fills={fills || undefined}>
      <div className="page-head">
        <div className="page-title">
          {/* Takes the focus when the page is opened by keyboard. */}
          <h1 tabIndex={-1}>{title}</h1>
          {beside}
        </div>
        {actions !== undefined && <div className="page-actions">{actions}</div>}
      </div>
      {children}
    </div>
  );
}
