import { type Json, path } from './client.ts';
import { type Call, option } from './command.ts';
import { UsageError } from './problem.ts';
import { askText } from './prompt.ts';
import { readSecrets } from './secret.ts';

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
export async function askFields(call: Call, mode: Json, given: Readonly<Record<string, unknown>>): Promise<object> {
  const { required, properties } = schemaOf(mode);
  for (const name of Object.keys(given)) {
    if (properties[name]?.writeOnly === true)
      throw new UsageError(`${name} is a secret`, 'Pass it with --secret-file or --secret-env, or type it when asked.');
  }
  const missing = required.filter((name) => given[name] === undefined && properties[name]?.writeOnly !== true);
  const found: Record<string, string> = {};
  for (const name of missing) {
    if (!call.shell.stdin.isTTY) throw new UsageError(`${mode.id} requires ${name}`, `Pass --field ${name}=VALUE.`);
    found[name] = await askText(call.shell, String(properties[name]?.title ?? name));
  }
  return { ...found, ...(await askSecrets(call, mode)) };
}

/** Asks for the secrets of the kind. @throws UsageError */
export async function askSecrets(call: Call, mode: Json): Promise<Record<string, string>> {
  const { required, properties } = schemaOf(mode);
  const secrets = Object.entries(properties).filter(([, field]) => field.writeOnly === true);
  if (secrets.length === 0) return {};
  return readSecrets(
    call,
    secrets.map(([name, field]) => ({
      name,
      title: String(field.title ?? name).toLowerCase(),
      isRequired: required.includes(name),
      isText: field['x-ui']?.widget === 'textarea',
    })),
  );
}

function schemaOf({ fields }: Json): { required: string[]; properties: Record<string, Json> } {
  const { required = [], properties = {} } = (fields ?? {}) as {
    required?: string[];
    properties?: Record<string, Json>;
  };
  return { required, properties };
}
