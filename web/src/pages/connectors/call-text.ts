import { stringifyExact } from '../../data/json.ts';
import type { JsonObject } from '../../forms/schema.ts';

/** A run of an action, as it is sent. */
export interface CallToCopy {
  action: string;
  account: string | undefined;
  input: JsonObject;
  options: JsonObject;
}

const PLAIN = /^[A-Za-z0-9_./:=@%+,-]+$/;

/** A word for a POSIX shell: in single quotes nothing has a meaning but the quote itself. */
function quoted(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The call for the command line; each option on a line of its own. */
export function cliCall({ action, account, input, options }: CallToCopy): string {
  const parts = [
    `npx penstock run ${quoted(action)}`,
    // In one word: a name that begins with a hyphen would be an option.
    ...(account === undefined ? [] : [quoted(`--account=${account}`)]),
    ...(Object.keys(input).length === 0 ? [] : [`--input ${quoted(stringifyExact(input))}`]),
    ...Object.entries(options).map(([name, value]) => `--option ${quoted(`${name}=${stringifyExact(value)}`)}`),
    '--wait',
  ];
  return parts.join(' \\\n  ');
}

/** The call for curl, with the API key from the environment. */
export function httpCall({ action, account, input, options }: CallToCopy, origin: string): string {
  const body = {
    action,
    ...(account === undefined ? {} : { linked_account: account }),
    input,
    ...(Object.keys(options).length === 0 ? {} : { options }),
  };
  return [
    `curl --request POST ${quoted(`${origin}/v1/runs`)}`,
    '--header "Authorization: Bearer $PENSTOCK_API_KEY"',
    "--header 'Content-Type: application/json'",
    "--header 'Prefer: wait=60'",
    `--data-raw ${quoted(stringifyExact(body))}`,
  ].join(' \\\n  ');
}
