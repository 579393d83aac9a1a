import { inputError } from '../../connector/errors.ts';

/** The key of an input. @throws ConnectorError ERR_INPUT_INVALID for one that URLs cannot say: its parts `.` and `..` would be another key's */
export function checkedKey({ key }: { key: string }): string {
  if (!key.split('/').some((part) => part === '.' || part === '..')) return key;
  throw inputError('/key', `has a part "." or "..", which a URL does not keep; "${key}" was given`);
}
