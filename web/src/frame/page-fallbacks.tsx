import type { ErrorComponentProps } from '@tanstack/react-router';
import { Page } from '../components/page.tsx';
import { ErrorState, GoneState } from '../components/states.tsx';

/** No page has this address. */
export function NotFoundPage() {
  return (
    <Page title="Not found">
      <GoneState detail={`There is no page at ${window.location.pathname}.`} />
    </Page>
  );
}

/** A page that could not be loaded or shown; the frame around it still works. */
export function PageError({ error, reset }: ErrorComponentProps) {
  return (
    <Page title="Error">
      <ErrorState error={error} onRetry={reset} />
    </Page>
  );
}
