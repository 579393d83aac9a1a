/** Name of the channel between the window of a sign-in and the page that opened it. */
export const LOGIN_CHANNEL = 'penstock-login';

/** What the window of a sign-in says of its end. Only a hint: the page asks the API. */
export interface LoginOutcome {
  status: string;
  account: string;
  /** Code of the API, of a refusal. */
  error?: string;
}
