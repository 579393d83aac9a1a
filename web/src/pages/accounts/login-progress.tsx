import { Button } from '../../components/button.tsx';
import { Icon } from '../../components/icon.tsx';
import { Notice } from '../../components/notice.tsx';
import type { OpenLogin } from './use-login.ts';

const REFUSALS: Readonly<Record<string, string>> = {
  ERR_LOGIN_REFUSED: 'The service refused the sign-in, or the person denied it.',
  ERR_NAME_TAKEN: 'Meanwhile another authentication got this name. Choose a different one.',
  ERR_NOT_FOUND: 'The account was deleted meanwhile.',
};

/** What a person is told while the page of the service is open in another window. */
export function LoginProgress({ login, onAgain }: { login: OpenLogin; onAgain: () => void }) {
  const { refusal, isExpired, isBlocked, isClosed, url } = login;
  const again = (
    <Button onPress={onAgain} type="button">
      Try again
    </Button>
  );
  if (refusal !== undefined) {
    return (
      <div role="alert" className="stack">
        <Notice state="failed">
          {REFUSALS[refusal] ?? 'The sign-in failed.'} Nothing was stored. <code>{refusal}</code>
        </Notice>
        <div>{again}</div>
      </div>
    );
  }
  if (isExpired) {
    return (
      <div role="alert" className="stack">
        <Notice state="failed">Nobody signed in within ten minutes.</Notice>
        <div>{again}</div>
      </div>
    );
  }
  return (
    <div role="status" className="stack">
      {isBlocked && (
        <Notice state="waiting">
          <p>The browser did not open a window for the sign-in.</p>
          <a className="button" href={url} target="_blank" rel="noreferrer">
            <Icon name="external" />
            Open the sign-in page
          </a>
        </Notice>
      )}
      {isClosed && (
        <div className="stack">
          <Notice state="waiting">
            The window was closed, and nobody has signed in yet. If it is still open, finish there: this page will
            notice.
          </Notice>
          <div>{again}</div>
        </div>
      )}
      {!isBlocked && !isClosed && (
        <Notice state="running">Sign in at the service, in the window that has opened.</Notice>
      )}
    </div>
  );
}
