import { ConnectorError } from './errors.ts';
import { nextLink } from './link-header.ts';
import type { Json, JsonObject, RegistrationManifest } from './manifest.ts';
import type { Outcome } from './outcome.ts';
import { readPath } from './template.ts';

/** No repository or project has so many webhooks. */
const MAX_PAGES = 100;

/** Whether the input of a trigger says where its webhook is registered. */
export function isRegistered(
  registration: RegistrationManifest | undefined,
  input: Readonly<Record<string, unknown>>,
): registration is RegistrationManifest {
  return registration?.inputs.every((name) => input[name] !== undefined) ?? false;
}

/**
 * Ids of the webhooks that have this URL, on every page of the list: the `Link` header of an answer names the next one. `ask` sends
 * the request `list`, or that of a link. @throws ConnectorError ERR_RESPONSE_INVALID for what is no list, or has no end
 */
export async function idsWithUrl(
  { list }: RegistrationManifest,
  url: string,
  ask: (link: string | undefined) => Promise<Pick<Outcome, 'body' | 'headers'>>,
): Promise<string[]> {
  const ids: string[] = [];
  let link: string | undefined;
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const { body, headers } = await ask(link);
    if (!Array.isArray(body)) throw unreadable('has no list of webhooks');
    for (const item of body as Json[]) {
      const id = idAt(item, list.id);
      if (readPath(item, list.url) === url && id !== undefined) ids.push(id);
    }
    const next = nextLink(headers.link);
    if (next === undefined) return ids;
    if (next === link) throw unreadable('names the same next page of webhooks again');
    link = next;
  }
  throw unreadable(`has more than ${MAX_PAGES} pages of webhooks`);
}

/** A response that a registration cannot continue with. */
export function unreadable(what: string): ConnectorError {
  return new ConnectorError('ERR_RESPONSE_INVALID', `the response ${what}`, { sent: 'answered' });
}

/** The id at a path of an answer, as text. */
export function idAt(body: unknown, path: string): string | undefined {
  const id = readPath(body, path);
  return typeof id === 'string' || typeof id === 'number' || typeof id === 'bigint' ? String(id) : undefined;
}

/** Inputs that the paths of the requests use. */
export function inputsOfPaths({ list, create, update, remove }: RegistrationManifest): string[] {
  const paths = [list, create, update, remove].map(({ request }) => request.path).join(' ');
  return [...new Set([...paths.matchAll(/\{\+?input\.([A-Za-z0-9_]+)/g)].map(([, name]) => name!))];
}

/** Whether an input has the secret or all that a registration needs, whichever branch of its `anyOf` holds. */
export function isOneRequired(input: JsonObject, secret: string, { inputs }: RegistrationManifest): boolean {
  const branches = (input.anyOf ?? []) as { required?: string[] }[];
  const holds = ({ required = [] }: { required?: string[] }) =>
    required.includes(secret) || inputs.every((name) => required.includes(name));
  return branches.length > 0 && branches.every(holds);
}
