import { type FormEvent, useState } from 'react';
import { Button } from '../components/button.tsx';
import { Field } from '../components/field.tsx';
import { Notice } from '../components/notice.tsx';
import { ApiError } from '../data/api-error.ts';
import { signIn } from '../data/session.ts';

/** Takes an API key and exchanges it for a session. The key is in the document only while it is typed. */
export function SignInForm({ onSignedIn }: { onSignedIn: () => void | Promise<void> }) {
  const [key, setKey] = useState('');
  const [error, setError] = useState<string>();
  const [isPending, setPending] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (key.trim() === '') {
      setError('Enter an API key, such as the one that "npm start" printed.');
      return;
    }
    setPending(true);
    try {
      await signIn({ key: key.trim() });
      setKey('');
      await onSignedIn();
    } catch (thrown) {
      setError(messageOf(thrown));
    } finally {
      setPending(false);
    }
  };
  return (
    <form className="sign-in-form" onSubmit={submit}>
      <Field
        label="API key"
        value={key}
        onChange={(value) => {
          setKey(value);
          setError(undefined);
        }}
        autoComplete="off"
        spellCheck="false"
        autoFocus
      />
      {error !== undefined && (
        <div role="alert">
          <Notice state="failed">{error}</Notice>
        </div>
      )}
      <Button type="submit" kind="primary" isPending={isPending}>
        Sign in
      </Button>
    </form>
  );
}

function messageOf(error: unknown): string {
  if (!(error instanceof ApiError)) return 'The sign-in failed. Reload the page and try again.';
  if (error.status === 401) return 'This API key is not known, or it was deleted.';
  return `${error.problem.detail}. ${error.problem.hint}`;
}
