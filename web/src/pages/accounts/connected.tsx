import { getRouteApi, Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/states.tsx';
import '../../components/components.css';
import { LOGIN_CHANNEL, type LoginOutcome } from './login-outcome.ts';

const route = getRouteApi('/connected');

/** Where the service leads back to: tells the page that opened this window, and closes it when that page has confirmed. */
export function ConnectedPage() {
  const search = route.useSearch();
  // What came stays in memory only.
  const [{ status, account = '', error }] = useState(search);
  const isConnected = status === 'connected';
  useEffect(() => {
    const title = isConnected ? 'Signed in' : 'Not signed in';
    document.title = `${title} · Penstock`;
    window.history.replaceState(window.history.state, '', window.location.pathname);
    const channel = new BroadcastChannel(LOGIN_CHANNEL);
    channel.onmessage = ({ data }: MessageEvent<{ taken?: string }>) => {
      if (data.taken === account) window.close();
    };
    const outcome: LoginOutcome = { status: status ?? 'refused', account, ...(error === undefined ? {} : { error }) };
    channel.postMessage(outcome);
    return () => channel.close();
  }, [isConnected, status, account, error]);
  return (
    <main className="page">
      <EmptyState
        title={isConnected ? 'Signed in' : 'The sign-in was refused'}
        actions={
          <>
            <Button onPress={() => window.close()}>Close this window</Button>
            <Link to="/accounts" className="button">
              Go to Accounts
            </Link>
          </>
        }
      >
        {isConnected
          ? 'You can close this window and continue in the one before.'
          : 'Nothing was stored. Close this window and try again in the one before.'}
      </EmptyState>
    </main>
  );
}
