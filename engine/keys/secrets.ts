import type { JsonObject } from '../../connector/manifest.ts';
import type { Keyring } from './seal.ts';

/** A secret inside a stored input. */
interface Sealed {
  $sealed: string;
}

/** What a reader sees in its place. */
const HIDDEN = '[secret]';

/**
 * The top-level properties of an input that the schema marks `writeOnly`. Only the top level may carry secrets;
 * the manifest check refuses them deeper.
 */
export function secretProperties(schema: JsonObject): string[] {
  const properties = (schema.properties ?? {}) as Record<string, JsonObject>;
  return Object.keys(properties).filter((name) => properties[name]?.writeOnly === true);
}

/** The input with its secrets sealed for `owner`; one that is sealed already stays as it is. */
export function sealInput(
  input: unknown,
  secrets: readonly string[],
  seal: { keyring: Keyring; owner: string },
): unknown {
  return mapSecrets(input, secrets, (value) => {
    if (isSealed(value)) return value;
    return { $sealed: seal.keyring.seal(JSON.stringify(value), seal.owner) };
  });
}

/** The input with its secrets opened, for the moment of the call. @throws ERR_KEY_UNKNOWN, ERR_SEAL_BROKEN */
export function openInput(
  input: unknown,
  secrets: readonly string[],
  seal: { keyring: Keyring; owner: string },
): unknown {
  return mapSecrets(input, secrets, (value) =>
    isSealed(value) ? JSON.parse(seal.keyring.open(value.$sealed, seal.owner)) : value,
  );
}

/** The input as it may be shown: every sealed value, at any depth, is replaced. */
export function hideSealed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(hideSealed);
  if (value === null || typeof value !== 'object') return value;
  if (isSealed(value)) return HIDDEN;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, hideSealed(item)]));
}

function isSealed(value: unknown): value is Sealed {
  return value !== null && typeof value === 'object' && typeof (value as Partial<Sealed>).$sealed === 'string';
}

function mapSecrets(input: unknown, secrets: readonly string[], change: (value: unknown) => unknown): unknown {
  if (secrets.length === 0 || input === null || typeof input !== 'object') return input;
  const copy: Record<string, unknown> = { ...(input as Record<string, unknown>) };
  for (const name of secrets) {
    if (copy[name] !== undefined) copy[name] = change(copy[name]);
  }
  return copy;
}
