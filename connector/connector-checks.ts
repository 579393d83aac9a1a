import type { AuthModeManifest } from './auth-mode.ts';
import { namesIn } from './auth-text.ts';
import { addressFields, urlsOf } from './base-urls.ts';
import type { ValidationError } from './errors.ts';
import type { ConnectorManifest, JsonObject } from './manifest.ts';
import type { ManifestFile } from './manifest-files.ts';
import { at } from './references.ts';

type Entry = ManifestFile<ConnectorManifest>;

/** Members of a linked account that are Penstock's own. */
const ACCOUNT_NAMES = new Set(
  'id tenant name connector status host origin limits authentication default_authentication paused metadata created_at updated_at created_by'.split(
    ' ',
  ),
);
/** Members of a body and a record that are Penstock's own; `host` is an address. */
const MODE_NAMES = new Set(
  'id tenant name kind test connector status fields lasting host_workspace_id oauth_app origin'.split(' '),
);
/** What the texts of a login may read beside fields. */
const GIVEN = ['origin', 'host', 'host_workspace_id'];

/** Checks what the meta-schema cannot say of one connector: names, references, and what each kind of login needs. */
export function checkConnector(entry: Entry, all: readonly Entry[]): ValidationError[] {
  const { manifest } = entry;
  const validationErrors: ValidationError[] = [];
  const connection = fieldsOf(manifest.connection);
  for (const name of Object.keys(connection)) {
    if (ACCOUNT_NAMES.has(name))
      validationErrors.push(
        at(entry, `/connection/properties/${name}`, 'is a field of every linked account; rename it'),
      );
  }
  if (manifest.default === true && all.some((other) => other !== entry && other.manifest.default === true))
    validationErrors.push(at(entry, '/default', 'is set by two connectors; take it out of one'));
  const needsBase = manifest.auth.length > 0 && manifest.base_urls === undefined;
  if (needsBase) validationErrors.push(at(entry, '/base_urls', 'is missing: it says where the credentials may go'));
  const inModes = manifest.auth.flatMap(({ fields }) => Object.keys(fieldsOf(fields)));
  for (const [name, base] of Object.entries(manifest.base_urls ?? {})) {
    const known = [...Object.keys(connection), ...inModes];
    validationErrors.push(...unknownNames(entry, { pointer: `/base_urls/${name}/url`, texts: urlsOf(base), known }));
  }
  const ids = manifest.auth.map(({ id }) => id);
  for (const [index, mode] of manifest.auth.entries()) {
    if (ids.indexOf(mode.id) !== index)
      validationErrors.push(at(entry, `/auth/${index}/id`, `"${mode.id}" is the id of two modes; rename one`));
    validationErrors.push(...checkMode(entry, mode, `/auth/${index}`));
  }
  return validationErrors;
}

function checkMode(entry: Entry, mode: AuthModeManifest, pointer: string): ValidationError[] {
  const fields = fieldsOf(mode.fields);
  const connection = Object.keys(fieldsOf(entry.manifest.connection));
  const validationErrors: ValidationError[] = [];
  for (const name of Object.keys(fields)) {
    if (MODE_NAMES.has(name))
      validationErrors.push(
        at(entry, `${pointer}/fields/properties/${name}`, 'is a field of every authentication; rename it'),
      );
  }
  if ('host' in fields && !addressFields(entry.manifest).includes('host'))
    validationErrors.push(
      at(
        entry,
        `${pointer}/fields/properties/host`,
        'is no address: begin a URL of "base_urls" with {account.host}, or rename it',
      ),
    );
  for (const name of mode.replace ?? []) {
    if (!(name in fields)) validationErrors.push(at(entry, `${pointer}/replace`, `names no field: "${name}"`));
  }
  const known = [...Object.keys(fields), ...connection, ...GIVEN];
  const texts = JSON.stringify({ ...mode, fields: undefined });
  validationErrors.push(...unknownNames(entry, { pointer, texts: [texts], known }));
  for (const name of neededBy(mode)) {
    const [field, isSecret] = name.startsWith('!') ? [name.slice(1), true] : [name, false];
    const schema = fields[field];
    if (schema === undefined) validationErrors.push(at(entry, `${pointer}/fields`, `needs the field "${field}"`));
    else if ((schema.writeOnly === true) !== isSecret)
      validationErrors.push(
        at(
          entry,
          `${pointer}/fields/properties/${field}`,
          isSecret ? 'is a secret: set writeOnly' : 'is no secret: take writeOnly out',
        ),
      );
  }
  return validationErrors;
}

/** Fields that the engine reads by name; `!` are secrets. */
function neededBy(mode: AuthModeManifest): string[] {
  switch (mode.kind) {
    case 'aws_sigv4':
      return ['access_key_id', '!secret_access_key'];
    case 'bearer':
      return mode.send === undefined ? ['!token'] : [];
    case 'basic':
      return mode.password === undefined && mode.username === undefined ? ['username', '!password'] : [];
    case 'oauth2':
      if (mode.grant === 'authorization_code') return [];
      if (mode.client_auth === 'private_key_jwt') return ['client_id', '!private_key'];
      return mode.client_auth === 'none' ? ['client_id'] : ['client_id', '!client_secret'];
    default:
      return [];
  }
}

function unknownNames(
  entry: Entry,
  of: { pointer: string; texts: readonly string[]; known: readonly string[] },
): ValidationError[] {
  const names = of.texts.flatMap((text) => [...namesIn(text, 'account'), ...namesIn(text, 'auth')]);
  return [...new Set(names)]
    .filter((name) => !of.known.includes(name))
    .map((name) =>
      at(entry, of.pointer, `reads the field "${name}", which is neither in "connection" nor in "fields"`),
    );
}

function fieldsOf(schema: JsonObject | undefined): Record<string, JsonObject> {
  return (schema?.properties ?? {}) as Record<string, JsonObject>;
}
