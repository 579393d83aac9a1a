import { client } from 'penstock-client/client';
import { ApiError, UNREACHABLE } from './api-error.ts';
import { outage, pauseFor, resumeNow, untilAvailable } from './availability.ts';
import { setClock } from './clock.ts';
import { ACCEPT, stringifyExact } from './json.ts';
import { session, signedInAgain } from './session.ts';

const UNREACHABLE_SECONDS = 5;
const UNAVAILABLE_SECONDS = 5;

/** Makes the generated client speak to the server that the page came from, with the session cookie. */
export function connectClient(): void {
  client.setConfig({
    baseUrl: window.location.origin,
    credentials: 'same-origin',
    headers: { accept: ACCEPT },
    bodySerializer: (body: unknown) => stringifyExact(body),
    // `ask` reads it: the client would round large numbers.
    parseAs: 'text',
    fetch: fetchFromApi as typeof fetch,
  });
}

/**
 * Sends a request. One that reads is sent again until the server answers, with pauses that all requests share. One that writes
 * is sent once: whether to try again is for the person to say. Where the session has expired, both wait for the next sign-in.
 */
async function fetchFromApi(request: Request): Promise<Response> {
  const { signal, method } = request;
  const isReading = method === 'GET';
  const isSignIn = new URL(request.url).pathname === '/v1/session';
  for (;;) {
    if (isReading) await untilAvailable(signal);
    let response: Response;
    try {
      response = await fetch(request.clone());
    } catch (error) {
      if (signal.aborted) throw error;
      if (outage.get() === undefined || isReading) pauseFor(UNREACHABLE_SECONDS, 'unreachable');
      if (isReading) continue;
      throw new ApiError(0, UNREACHABLE);
    }
    setClock(response);
    if (response.status === 503) {
      pauseFor(Number(response.headers.get('retry-after')) || UNAVAILABLE_SECONDS, 'unavailable');
      if (isReading) continue;
      return response;
    }
    resumeNow();
    if (response.status !== 401 || isSignIn || session.get() === 'unknown') return response;
    await signedInAgain(signal);
  }
}
