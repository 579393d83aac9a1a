import type { ReactNode } from 'react';
import { ErrorState, Skeleton } from '../../components/states.tsx';

interface SectionProps {
  id: string;
  title: string;
  /** How many need a person; undefined until it is known. */
  count: number | undefined;
  /** There are more than were counted. */
  isMore?: boolean;
  error: unknown;
  onRetry(): void;
  /** Said when there are none. */
  none: string;
  children: ReactNode;
}

/** One kind of thing that needs a person: how many, and each of them. */
export function HomeSection({ id, title, count, isMore = false, error, onRetry, none, children }: SectionProps) {
  return (
    <section className="home-section" aria-labelledby={id}>
      <h2 id={id}>
        {title}
        {count !== undefined && count > 0 && (
          <span className="home-count">
            {count.toLocaleString()}
            {isMore ? '+' : ''}
          </span>
        )}
      </h2>
      {error !== null && error !== undefined && <ErrorState error={error} onRetry={onRetry} />}
      {count === undefined && (error === null || error === undefined) && <Skeleton lines={2} />}
      {count === 0 && <p className="soft">{none}</p>}
      {children}
    </section>
  );
}
