import { useId, useState } from 'react';
import { Button } from '../components/button.tsx';
import { Field } from '../components/field.tsx';
import { Form } from '../components/form.tsx';
import { ApiError } from '../data/api-error.ts';
import { signIn } from '../data/session.ts';

const UNKNOWN = 'This API key is not known, or it was deleted.';

/** Takes an API key and exchanges it for a session. The key is in the document only while it is typed. */
export function SignInForm({ onSignedIn }: { onSignedIn: () => void | Promise<void> }) {
  const [key, setKey] = useState('');
  const [error, setError] = useState<unknown>();
  const [isPending, setPending] = useState(false);
  const id = useId();
  const submit = async () => {
    if (isPending) return;
    if (key.trim() === '') return setError(new Error('Enter an API key, such as the one that "npm start" printed.'));
    setPending(true);
    try {
      await signIn({ key: key.trim() });
      setKey('');
      await onSignedIn();
    } catch (thrown) {
      setError(thrown instanceof ApiError && thrown.status === 401 ? new Error(UNKNOWN) : thrown);
    } finally {
      setPending(false);
    }
  };
  return (
    <div className="sign-in-form">
      <Form id={id} onSubmit={() => void submit()} error={error}>
        <Field
          label="API key"
          value={key}
          onChange={(value) => {
            setKey(value);
            setError(undefined);
          }}
          pointer="/key"
          autoComplete="off"
          spellCheck="false"
          autoFocus
        />
      </Form>
      <Button type="submit" form={id} kind="primary" isPending={isPending}>
        Sign in
      </Button>
    </div>
  );
}
