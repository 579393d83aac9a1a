const MAX_TITLE = 60;
const MAX_DESCRIPTION = 300;

/** `petStore_ID` as `Pet store ID`. */
export function titleOf(name: string): string {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
    .map((word) => (/^(id|url|uri|api|ip|sql)$/i.test(word) ? word.toUpperCase() : word.toLowerCase()));
  const text = words.join(' ') || 'Value';
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`.slice(0, MAX_TITLE).trim();
}

/** A text of a description as sentences with a full stop, without markup; undefined when nothing is left. */
export function sentenceOf(text: unknown): string | undefined {
  if (typeof text !== 'string') return undefined;
  const plain = text
    .slice(0, 4 * MAX_DESCRIPTION)
    .replaceAll(/<[^<>]*>/g, ' ')
    .replaceAll(/\[([^[\]]*)\]\([^()]*\)/g, '$1')
    .replaceAll(/[`*]/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
  if (plain === '') return undefined;
  const kept = plain.length > MAX_DESCRIPTION ? cut(plain) : plain;
  return kept.endsWith('.') ? kept : `${kept.replace(/[,;:!?]$/, '')}.`;
}

function cut(text: string): string {
  const head = text.slice(0, MAX_DESCRIPTION);
  const end = head.lastIndexOf('. ');
  return end > 0 ? head.slice(0, end + 1) : head.slice(0, Math.max(head.lastIndexOf(' '), 1));
}

/** A name that references can use: letters, digits and underscores. */
export function fieldName(name: string): string {
  if (/^[A-Za-z_]\w*$/.test(name)) return name;
  const plain = name
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
    .join('_');
  return /^[A-Za-z_]/.test(plain) ? plain : `_${plain}`;
}

/** `listPets` and `pets/list` as `list_pets` and `pets_list`. */
export function actionName(id: string): string {
  const plain = id
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
    .join('_');
  return /^[a-z]/.test(plain) ? plain : `op_${plain}`;
}
