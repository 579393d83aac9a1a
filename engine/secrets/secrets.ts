import { ConnectorError, type ValidationError } from '../../connector/errors.ts';
import { parseJson, stringifyJson } from '../../connector/json.ts';
import { partsOf, valueAt, withValueAt } from '../../connector/json-pointer.ts';
import { HIDDEN } from './plain-names.ts';
import type { Keyring } from './seal.ts';
import type { SecretPlace, SecretPlaces } from './secret-places.ts';

/** With what a value's secrets are sealed. `owner` names tenant, record and field: the sealed text of one place opens at no other. */
export interface Sealing {
  keyring: Keyring;
  owner: string;
}

/** A value as it is stored and shown, and beside it its secrets. What a caller sends is never taken for either. */
export interface Hidden {
  shown: unknown;
  /** Left out when nothing in it is secret. */
  sealed?: string;
}

/** What was sealed. */
export interface Secrets {
  /** JSON pointer -> the value there. */
  values: Readonly<Record<string, unknown>>;
  places: SecretPlaces;
}

/** Of a value that has none, as most. */
export const NO_SECRETS: Secrets = Object.freeze({ values: Object.freeze({}), places: new Map() });
/** The secrets lie in the run's record; inputs that are secret as a whole are as large as a request may be. */
const MAX_SEALED_LENGTH = 2 * 1024 * 1024;

/**
 * Takes the secrets out of a value and seals them together.
 * @throws ConnectorError ERR_INPUT_INVALID when they have more than 2 MiB
 */
export function hideSecrets(value: unknown, places: SecretPlaces, sealing: Sealing): Hidden {
  const outer = outermost(places).filter(([pointer]) => isSecretValue(valueAt(value, partsOf(pointer))));
  if (outer.length === 0) return { shown: value };
  const entries = outer.map(([pointer, { shown, credentials }]) => {
    return [pointer, { value: valueAt(value, partsOf(pointer)), shown, credentials }] as const;
  });
  const text = stringifyJson(Object.fromEntries(entries)) ?? '{}';
  if (text.length > MAX_SEALED_LENGTH) {
    throw new ConnectorError('ERR_INPUT_INVALID', 'the secret parts of the input exceed 2 MiB', {
      hint: 'Put the secret in a field of its own, so that the rest of the input is not secret.',
      errors: outer.map(([pointer]) => ({ pointer, message: 'is secret and too large' })),
      sent: 'no',
    });
  }
  const shown = outer.reduce<unknown>(
    (result, [pointer, place]) => withValueAt(result, partsOf(pointer), place.shown),
    value,
  );
  return { shown, sealed: sealing.keyring.seal(text, sealing.owner) };
}

/** The secrets of a value. @throws ConnectorError ERR_KEY_UNKNOWN, ERR_SEAL_BROKEN, also for those of another place */
export function openSecrets(sealed: string | undefined, { keyring, owner }: Sealing): Secrets {
  if (sealed === undefined) return NO_SECRETS;
  const entries = parseJson(keyring.open(sealed, owner)) as Record<string, SecretPlace & { value: unknown }>;
  const values = Object.fromEntries(Object.entries(entries).map(([pointer, { value }]) => [pointer, value]));
  const places = new Map(
    Object.entries(entries).map(([pointer, { shown, credentials }]) => [pointer, { shown, credentials }]),
  );
  return { values, places };
}

/** The value with its secrets in their places, for the moment of the call. */
export function revealSecrets(shown: unknown, { values, places }: Secrets): unknown {
  if (places.size === 0) return shown;
  return Object.entries(values).reduce(
    (result, [pointer, value]) => withValueAt(result, partsOf(pointer), value),
    shown,
  );
}

/** Texts that must not come back in an answer. */
export function credentialsIn(places: SecretPlaces): string[] {
  if (places.size === 0) return [];
  return [...new Set([...places.values()].flatMap(({ credentials }) => credentials))];
}

/** Validation errors for secrets that were copied from a place where they are hidden: the placeholder would be sent instead. */
export function copiedSecrets(value: unknown, places: SecretPlaces): ValidationError[] {
  return [...places.keys()].flatMap((pointer) => {
    const given = valueAt(value, partsOf(pointer));
    if (typeof given !== 'string' || !given.includes(HIDDEN)) return [];
    return [{ pointer, message: `holds "${HIDDEN}", which replaces a hidden value; pass the value itself` }];
  });
}

/** Without the places inside others. */
function outermost(places: SecretPlaces): [string, SecretPlace][] {
  return [...places].filter(([pointer]) => {
    for (let at = pointer.lastIndexOf('/'); at >= 0; at = at === 0 ? -1 : pointer.lastIndexOf('/', at - 1)) {
      if (places.has(pointer.slice(0, at))) return false;
    }
    return true;
  });
}

function isSecretValue(value: unknown): boolean {
  return value !== undefined && value !== null;
}
