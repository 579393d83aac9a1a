import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { getMe } from 'penstock-client';
import { useEffect, useRef, useState } from 'react';
import { Notice } from '../../components/notice.tsx';
import { Skeleton } from '../../components/states.tsx';
import { ApiError, ask } from '../../data/api-error.ts';
import { meQuery } from '../../data/me.ts';
import { session, signIn, takeSignInLink } from '../../data/session.ts';
import '../../components/components.css';
import '../../frame/frame.css';
import { OutageBanner } from '../../frame/outage-banner.tsx';
import { SignInForm } from '../../frame/sign-in-form.tsx';

const route = getRouteApi('/login');

/** Signs in by an API key, or by the link that `npm start` and `penstock link` print. */
export function SignInPage() {
  const { next } = route.useSearch();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [link, setLink] = useState<'used' | 'refused' | undefined>(() =>
    window.location.hash.startsWith('#link=') ? 'used' : undefined,
  );
  const [refusal, setRefusal] = useState('');
  const isTaken = useRef(false);

  const enter = async () => {
    queries.clear();
    queries.setQueryData(meQuery.queryKey, await ask(getMe()));
    session.set('open');
    await navigate({ href: `/app${pathOf(next)}`, replace: true });
  };

  useEffect(() => {
    document.title = 'Sign in · Penstock';
    // In development React runs effects twice, and a link works once.
    if (isTaken.current) return;
    isTaken.current = true;
    const secret = takeSignInLink();
    if (secret === undefined) return setLink(undefined);
    signIn({ link: secret })
      .then(enter)
      .catch((error: unknown) => {
        setRefusal(error instanceof ApiError ? error.problem.detail : 'The sign-in failed.');
        setLink('refused');
      });
  });

  return (
    <>
      <OutageBanner />
      <main className="sign-in">
        <p className="sign-in-brand">Penstock</p>
        <h1>Sign in</h1>
        {link === 'used' && <Skeleton lines={2} />}
        {link === 'refused' && (
          <div role="alert">
            <Notice state="failed">
              {refusal}. Create another link with "penstock link", or sign in with an API key.
            </Notice>
          </div>
        )}
        {link !== 'used' && (
          <>
            <SignInForm onSignedIn={enter} />
            <p className="soft small">
              The key is exchanged for a session and not kept in the browser. "npm start" and "penstock link" print a
              link that signs in without one.
            </p>
          </>
        )}
      </main>
    </>
  );
}

/** A page of the app to return to; an address elsewhere is not one. */
function pathOf(next: string | undefined): string {
  return next?.startsWith('/') && !next.startsWith('//') && !next.startsWith('/\\') ? next : '/';
}
