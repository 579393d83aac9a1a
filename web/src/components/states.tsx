import { Link } from '@tanstack/react-router';
import { type ReactNode, useEffect, useState } from 'react';
import { ApiError } from '../data/api-error.ts';
import { Button } from './button.tsx';
import { CopyId } from './copy-id.tsx';
import { Icon } from './icon.tsx';
import { sentence } from './sentence.ts';
import { ValidationErrors } from './validation-errors.tsx';

/** What loads faster shows nothing before. */
const SKELETON_MS = 200;

/** Gray lines in place of content that takes longer than 200 ms. */
export function Skeleton({ lines = 4 }: { lines?: number }) {
  const [isSlow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), SKELETON_MS);
    return () => clearTimeout(timer);
  }, []);
  if (!isSlow) return null;
  const widths = Array.from({ length: lines }, (_, at) => `${90 - ((at * 17) % 50)}%`);
  return (
    <div className="skeleton" role="status" aria-label="Loading">
      {widths.map((width) => (
        <span key={width} style={{ width }} />
      ))}
    </div>
  );
}

/** Nothing is here yet: what the page is for, and the next act. */
export function EmptyState({ title, children, actions }: { title: string; children?: ReactNode; actions?: ReactNode }) {
  return (
    <div className="empty">
      <h2>{title}</h2>
      {children !== undefined && <div className="soft">{children}</div>}
      {actions !== undefined && <div className="row">{actions}</div>}
    </div>
  );
}

/** Why something could not be loaded or done, in the words of the API, with every validation error, the id of the request and a way on. */
export function ErrorState({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  if (error instanceof ApiError && error.status === 404) return <GoneState detail={error.problem.detail} />;
  const { title, detail, hint } = describe(error);
  const requestId = error instanceof ApiError ? error.requestId : undefined;
  return (
    <div className="error-state" role="alert">
      <h2>
        <Icon name={error instanceof ApiError && error.status === 403 ? 'canceled' : 'failed'} />
        {title}
      </h2>
      <p>{sentence(detail)}</p>
      {hint !== undefined && <p className="soft">{hint}</p>}
      <ValidationErrors error={error} />
      <div className="row">
        {onRetry !== undefined && <Button onPress={onRetry}>Retry</Button>}
        {requestId !== undefined && (
          <span className="soft">
            Request <CopyId value={requestId} />
          </span>
        )}
      </div>
    </div>
  );
}

/** What a link leads to is not there, or belongs to another tenant: the API does not say which. */
export function GoneState({ detail }: { detail: string }) {
  return (
    <EmptyState
      title="Not found"
      actions={
        <Link to="/" className="button">
          Back to Home
        </Link>
      }
    >
      <p>{sentence(detail)}</p>
      <p>It may have been deleted, or belong to a tenant that you are not signed in to.</p>
    </EmptyState>
  );
}

function describe(error: unknown): { title: string; detail: string; hint?: string } {
  if (error instanceof ApiError) return error.problem;
  return {
    title: 'The page has an error',
    detail: error instanceof Error ? error.message : String(error),
    hint: 'Reload the page. If it happens again, report it with the text above.',
  };
}
