import { addressFields } from '../../../connector/base-urls.ts';
import { ConnectorError } from '../../../connector/errors.ts';
import { type AddressField, checkHost, normalizeHost, normalizeUrl } from '../../../connector/hosts.ts';
import type { Connector, JsonObject } from '../../../connector/manifest.ts';
import type { Context } from '../context.ts';

/** The fields that say where an account is, in the form in which they are stored. */
export function checkedAddresses(
  ctx: Pick<Context, 'config'>,
  connector: Connector,
  given: {
    /** What a person gave, and the schemas of all fields. */
    fields: Readonly<Record<string, unknown>>;
    schemas: Readonly<Record<string, JsonObject>>;
    required: readonly string[];
    pointer: string;
  },
): JsonObject {
  const found: JsonObject = {};
  for (const name of addressFields(connector.manifest)) {
    const schema = given.schemas[name];
    const value = given.fields[name];
    if (schema === undefined || (value === undefined && !given.required.includes(name))) continue;
    found[name] = checkedAddress(ctx, connector, { name, value, schema, pointer: given.pointer });
  }
  return found;
}

/** The origin, or the URL, of an address that may receive credentials. @throws ConnectorError ERR_HOST_MISSING, ERR_HOST_INVALID, ERR_HOST_NOT_ALLOWED */
export function checkedAddress(
  ctx: Pick<Context, 'config'>,
  connector: Connector,
  given: { name: string; value: unknown; schema: JsonObject; pointer: string },
): string {
  const { name, value, schema, pointer } = given;
  const base = [...connector.baseUrls.values()].find(({ urls }) =>
    urls.some((url) => url.startsWith(`{account.${name}}`)),
  );
  const field: AddressField = {
    title: String(schema.title),
    example: (schema.examples as string[] | undefined)?.[0],
    isSecret: connector.service.isSecretHost,
  };
  try {
    const text = typeof value === 'string' ? value : '';
    const address = base?.manifest.path === true ? normalizeUrl(text, field) : normalizeHost(text, field);
    if (base !== undefined) {
      const allowedHosts = ctx.config.allowedHosts;
      checkHost(new URL(address).origin, { connector, base: base.name, allowedHosts });
    }
    return address;
  } catch (error) {
    throw atField(error, `${pointer}/${name}`);
  }
}

/** The error of an address, at its field. */
export function atField(error: unknown, pointer: string): unknown {
  if (!(error instanceof ConnectorError)) return error;
  const { code, message, hint } = error;
  return new ConnectorError(code, message, { hint, errors: [{ pointer, message }], sent: 'no' });
}
