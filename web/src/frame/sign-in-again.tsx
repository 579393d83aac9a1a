import { useQueryClient } from '@tanstack/react-query';
import { getMe } from 'penstock-client';
import { Dialog } from '../components/dialog.tsx';
import { ask } from '../data/api-error.ts';
import { meQuery } from '../data/me.ts';
import { session } from '../data/session.ts';
import { SignInForm } from './sign-in-form.tsx';

/**
 * The session has expired: after the next sign-in, what was under way continues. With a key of another tenant or other rights,
 * the page starts over, since what waits was meant for the former.
 */
export function SignInAgain() {
  const queries = useQueryClient();
  const resume = async () => {
    const before = queries.getQueryData(meQuery.queryKey);
    const now = await ask(getMe());
    if (before?.tenant.id !== now.tenant.id || before.role !== now.role) {
      window.location.assign('/app/');
      return;
    }
    queries.setQueryData(meQuery.queryKey, now);
    session.set('open');
  };
  return (
    <Dialog title="Sign in again">
      <p className="soft">The session has expired. Nothing on this page is lost.</p>
      <SignInForm onSignedIn={resume} />
    </Dialog>
  );
}
