import { type Json, path } from './client.ts';
import { type Call, option } from './command.ts';
import { UsageError } from './problem.ts';
import { askField, readSecret, readSecrets } from './secret.ts';

/** The kind as the connector of the account describes it. @throws UsageError */
export async function findMode(call: Call, kind: string): Promise<Json> {
  const account = await call.client.call('GET', path`/v1/linked_accounts/${option(call, 'account')!}`);
  const { auth } = await call.client.call('GET', path`/v1/connectors/${account.connector}`);
  const modes = (auth as Json[]).filter(({ grant }) => grant !== 'authorization_code');
  const mode = modes.find(({ id }) => id === kind);
  if (mode !== undefined) return mode;
  throw new UsageError(`"${kind}" is not a kind of authentication`, `Use ${modes.map(({ id }) => id).join(' or ')}.`);
}

/** Asks for the fields that are required and not given: secrets without showing what is typed. @throws UsageError */
export async function askFields(
  call: Call,
  { id, fields }: Json,
  given: Readonly<Record<string, unknown>>,
): Promise<object> {
  const { required = [], properties = {} } = (fields ?? {}) as {
    required?: string[];
    properties?: Record<string, Json>;
  };
  for (const name of Object.keys(given)) {
    if (properties[name]?.writeOnly === true)
      throw new UsageError(`${name} is a secret`, 'Pass it with --secret-file or --secret-env, or type it when asked.');
  }
  const isSecret = (name: string) => properties[name]?.writeOnly === true;
  const missing = required.filter((name) => given[name] === undefined && !isSecret(name));
  const found: Record<string, string> = {};
  for (const name of missing)
    found[name] = await askField(call, { kind: id, name, title: properties[name]?.title ?? name });
  return { ...found, ...(await askSecrets(call, { fields })) };
}

/** Asks for the secrets that the kind requires. @throws UsageError */
export async function askSecrets(call: Call, { fields }: Json): Promise<Record<string, string>> {
  const { required = [], properties = {} } = (fields ?? {}) as {
    required?: string[];
    properties?: Record<string, Json>;
  };
  const secrets = required.filter((name) => properties[name]?.writeOnly === true);
  const [first] = secrets;
  if (first === undefined) return {};
  if (secrets.length > 1) return readSecrets(call, secrets);
  return { [first]: await readSecret(call, String(properties[first]!.title).toLowerCase()) };
}
