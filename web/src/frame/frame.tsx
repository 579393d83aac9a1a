import { useQuery } from '@tanstack/react-query';
import { Outlet, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState } from 'react';
import { ErrorState, Skeleton } from '../components/states.tsx';
import { ApiError } from '../data/api-error.ts';
import { meQuery } from '../data/me.ts';
import { session } from '../data/session.ts';
import { useStore } from '../data/store.ts';
import './frame.css';
import { Header } from './header.tsx';
import { keepFocus } from './keep-focus.ts';
import { KeyList } from './key-list.tsx';
import { listenToKeys, useKeys } from './keys.ts';
import { Navigation, useNavigationKeys } from './navigation.tsx';
import { OutageBanner } from './outage-banner.tsx';
import { SignInAgain } from './sign-in-again.tsx';

const CommandPalette = lazy(() => import('./command-palette.tsx'));

/** What every page of a signed-in person has around it. Without a session, it leads to the sign-in. */
export function Frame() {
  const me = useQuery(meQuery);
  if (me.error instanceof ApiError && me.error.status === 401) return <ToSignIn />;
  if (me.isError) return <ErrorState error={me.error} onRetry={() => me.refetch()} />;
  if (me.isPending) {
    return (
      <>
        <OutageBanner />
        <Skeleton lines={6} />
      </>
    );
  }
  return <SignedIn />;
}

/** Leads to the sign-in, once, and from there back to this address. */
function ToSignIn() {
  const navigate = useNavigate();
  useEffect(() => {
    const { pathname, search } = window.location;
    const next = pathname.replace(/^\/app/, '') + search;
    void navigate({ to: '/login', search: next === '/' ? {} : { next }, replace: true });
  }, [navigate]);
  return <Skeleton lines={6} />;
}

function SignedIn() {
  const [open, setOpen] = useState<'palette' | 'keys'>();
  const current = useStore(session);
  const close = () => setOpen(undefined);
  useEffect(() => {
    if (session.get() === 'unknown') session.set('open');
  }, []);
  useEffect(listenToKeys, []);
  useEffect(keepFocus, []);
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 'k') return;
      event.preventDefault();
      setOpen((now) => (now === 'palette' ? undefined : 'palette'));
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, []);
  useKeys([{ keys: '?', label: 'Show the keys', run: () => setOpen('keys') }]);
  useNavigationKeys();
  return (
    <div className="frame">
      <a href="#main" className="skip button">
        Skip to content
      </a>
      <OutageBanner />
      <Header onSearch={() => setOpen('palette')} onKeys={() => setOpen('keys')} />
      <Navigation />
      <main id="main" className="main" tabIndex={-1}>
        <Outlet />
      </main>
      {open === 'palette' && (
        <Suspense fallback={null}>
          <CommandPalette onClose={close} />
        </Suspense>
      )}
      {open === 'keys' && <KeyList onClose={close} />}
      {current === 'expired' && <SignInAgain />}
    </div>
  );
}
