import type { JsonObject, RegistrationManifest } from './manifest.ts';
import { readPath } from './template.ts';

/** Whether the input of a trigger says where its webhook is registered. */
export function isRegistered(
  registration: RegistrationManifest | undefined,
  input: Readonly<Record<string, unknown>>,
): registration is RegistrationManifest {
  return registration?.inputs.every((name) => input[name] !== undefined) ?? false;
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
