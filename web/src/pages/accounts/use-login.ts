import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type Authentication, beginLogin, listAuthentications, type OAuthApp } from 'penstock-client';
import { useEffect, useRef, useState } from 'react';
import { ask } from '../../data/api-error.ts';
import { serverNow } from '../../data/clock.ts';
import { everyItem } from '../../data/every-item.ts';
import { LOGIN_CHANNEL, type LoginOutcome } from './login-outcome.ts';

/** What is signed in: a new authentication by its name, or one that is there and is renewed. */
export interface LoginWish {
  oauth_app: string;
  linked_account: string;
  name?: string;
  authentication?: string;
  return_to: string;
}

/** What goes through an app comes back to a page of ours, which tells this one and closes itself. */
export function loginThrough({ id, redirect_url }: OAuthApp): Pick<LoginWish, 'oauth_app' | 'return_to'> {
  return { oauth_app: id, return_to: redirect_url.replace(/\/oauth\/callback$/, '/app/connected') };
}

/** Where a sign-in stands that is under way in another window. */
export interface OpenLogin {
  wish: LoginWish;
  /** The page of the service; for a link where the browser refused to open a window. */
  url: string;
  isBlocked: boolean;
  /** The window is closed, or the service has cut it off from this page: nobody can tell which. */
  isClosed: boolean;
  /** The service or the person refused: a code of the API. */
  refusal?: string;
  isExpired: boolean;
}

export interface LoginWatch {
  open: OpenLogin | undefined;
  start(popup: Window | null, wish: LoginWish): Promise<void>;
  cancel(): void;
}

const POLL_MS = 2000;
const CLOSED_MS = 500;

/**
 * A window for the page of the service. Call it at once in the handler of a press: browsers allow none later. Null where they
 * refuse it.
 */
export function openPopup(): Window | null {
  return window.open('', '', 'popup,width=640,height=760');
}

/**
 * Signs a person in at the service in a window of its own and watches what comes of it. The API decides: a message of the
 * window and its closing only make the page look at once. `onSignedIn` is called once.
 */
export function useLogin(onSignedIn: (authentication: Authentication) => void): LoginWatch {
  const queries = useQueryClient();
  const [open, setOpen] = useState<OpenLogin>();
  const popup = useRef<Window | null>(null);
  const before = useRef<readonly Authentication[]>([]);
  const account = open?.wish.linked_account ?? '';
  const isWatching = open !== undefined && open.refusal === undefined && !open.isExpired;
  const key = ['authentications', account, 'login'];
  const found = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => authenticationsOf(account, signal),
    enabled: isWatching,
    refetchInterval: POLL_MS,
    // The person is in the other window.
    refetchIntervalInBackground: true,
    gcTime: 0,
  });
  const signedIn = isWatching ? resultOf(open.wish, { before: before.current, now: found.data ?? [] }) : undefined;

  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each result
  useEffect(() => {
    if (signedIn === undefined) return;
    popup.current?.close();
    setOpen(undefined);
    onSignedIn(signedIn);
  }, [signedIn?.id, signedIn?.updated_at]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: as long as one login is watched
  useEffect(() => {
    if (!isWatching) return;
    const look = () => void queries.invalidateQueries({ queryKey: key, exact: true });
    const channel = new BroadcastChannel(LOGIN_CHANNEL);
    channel.onmessage = ({ data }: MessageEvent<LoginOutcome>) => {
      if (data.account !== account) return;
      channel.postMessage({ taken: data.account });
      if (data.status === 'connected') look();
      else setOpen((now) => now && { ...now, refusal: data.error ?? 'ERR_LOGIN_REFUSED' });
    };
    const timer = setInterval(() => {
      if (popup.current?.closed !== true) return;
      popup.current = null;
      look();
      setOpen((now) => now && { ...now, isClosed: true });
    }, CLOSED_MS);
    return () => {
      clearInterval(timer);
      channel.close();
    };
  }, [isWatching, account]);

  const cancel = () => {
    popup.current?.close();
    popup.current = null;
    setOpen(undefined);
  };
  const start = async (opened: Window | null, wish: LoginWish) => {
    // What still comes of an earlier window would be taken for the outcome of this one.
    popup.current?.close();
    popup.current = opened;
    try {
      before.current = await authenticationsOf(wish.linked_account);
      const { url, expires_at } = await ask(beginLogin({ body: wish }));
      opened?.location.replace(url);
      setOpen({ wish, url, isBlocked: opened === null, isClosed: false, isExpired: false });
      const left = Math.max(0, Date.parse(expires_at) - serverNow());
      expire(left, () => setOpen((now) => (now?.url === url ? { ...now, isExpired: true } : now)));
    } catch (error) {
      cancel();
      throw error;
    }
  };
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const expire = (ms: number, then: () => void) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(then, ms);
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  return { open, start, cancel };
}

/** What is there now and was not before: a new one of the name, or the renewed one with a later change. */
function resultOf(
  { name, authentication }: LoginWish,
  { before, now }: { before: readonly Authentication[]; now: readonly Authentication[] },
): Authentication | undefined {
  if (authentication === undefined) {
    return now.find((each) => each.name === name && !before.some(({ id }) => id === each.id));
  }
  const old = before.find(({ id }) => id === authentication);
  return now.find(
    (each) => each.id === authentication && each.updated_at !== old?.updated_at && each.status === 'active',
  );
}

function authenticationsOf(id: string, signal?: AbortSignal): Promise<Authentication[]> {
  return everyItem((query) => ask(listAuthentications({ path: { id }, query, signal })));
}
