import type { Json, JsonObject, RequestTemplate } from './manifest.ts';
import { readPath, type Scopes } from './template.ts';

/** Requests with which a workflow that is enabled adds its URL to a service, keeps it as it should be, and removes it when disabled. */
export interface RegistrationManifest {
  /** Inputs that say where; without one of them, a person adds the webhook at the service. */
  inputs: string[];
  /** Reads what is there: `items` is the path of the list (left out: the body is the list), `url` and `id` are paths in an item. */
  list: { request: RequestTemplate; items?: string; url: string; id: string };
  /** `id` is a path in the answer. */
  create: { request: RequestTemplate; id: string };
  update: { request: RequestTemplate };
  remove: { request: RequestTemplate };
}

/** What the requests of a registration read as `$webhook`; `id` is there for `update` and `remove`. */
export type WebhookScope = NonNullable<Scopes['webhook']>;

/** Whether the input of a trigger says where its webhook is registered. */
export function isRegistered(
  registration: RegistrationManifest | undefined,
  input: Readonly<Record<string, unknown>>,
): registration is RegistrationManifest {
  return registration?.inputs.every((name) => input[name] !== undefined) ?? false;
}

/** Ids of the webhooks in an answer to `list` that have this URL; undefined when there is no list in it. */
export function idsWithUrl({ list }: RegistrationManifest, body: unknown, url: string): string[] | undefined {
  const items = list.items === undefined ? body : readPath(body, list.items);
  if (!Array.isArray(items)) return undefined;
  return items.flatMap((item: Json) => {
    const id = idAt(item, list.id);
    return readPath(item, list.url) === url && id !== undefined ? [id] : [];
  });
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
