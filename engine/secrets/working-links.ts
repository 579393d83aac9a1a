/**
 * Signed links in texts, as pure functions: where a signature stands, and the text with another one of the same length in its place. See
 * engine/secrets/received-links.ts.
 */
import { SIGNATURE_DIGITS } from './signed-links.ts';

/** What takes the place of the signature after an id; `undefined` leaves it. */
export type Replace = (id: string, signature: string) => string | undefined;

/** Where an id begins whose record a link is of, with the 21 letters and digits of every id. */
const START = /(?:run|wf)_[a-z0-9]{21}(?=\.|$)/g;
const ID_CHARACTER = /[a-z0-9_.]/;
/** Longer ids than any run has. */
const MAX_ID_LENGTH = 512;
/** Of a link in any form: in hex it takes two characters for each of its own. A multiple of the groups of base64. */
export const MAX_RECEIVED_LENGTH = 2 * (16 + MAX_ID_LENGTH + 16 + SIGNATURE_DIGITS);
/** What stands before the id of a link, and begins the id. */
const PATHS = ['approvals/run_', 'hooks/wf_'];
const BASE64 = /[A-Za-z0-9+/_-]*/y;
const HEX = /(?:[0-9a-fA-F]{2})*/y;

interface Encoding {
  encoding: 'base64' | 'hex';
  text: string;
  /** Characters between the beginning of the group that the path begins in and this text. */
  first: number;
}

const ENCODINGS: readonly Encoding[] = PATHS.flatMap((path) => [...base64Forms(path), ...hexForms(path)]);
/** A text without any of these holds no link. The longest is shorter than a link. */
export const LINK_STARTS: readonly string[] = ['run_', 'wf_', ...ENCODINGS.map(({ text }) => text)];
const ANY_START = new RegExp(LINK_STARTS.map((text) => text.replaceAll('+', '\\+')).join('|'));

/** Whether a text may hold a link. */
export function mayHoldLink(text: string): boolean {
  return ANY_START.test(text);
}

/**
 * The text with its signatures replaced: as it is (in URLs, JSON and HTML, too), in base64 and in hex. With `continues` the text is a
 * part of one: a group of base64 that may not be whole yet is left.
 */
export function replaceSignatures(text: string, replace: Replace, continues = false): string {
  return ENCODINGS.reduce(
    (result, encoding) => replaceEncoded(result, { ...encoding, continues }, replace),
    replacePlain(text, replace),
  );
}

function replacePlain(text: string, replace: Replace): string {
  let result = '';
  let end = 0;
  const signatures = /\.([0-9a-f]{32})/g;
  for (let found = signatures.exec(text); found !== null; found = signatures.exec(text)) {
    const made = replacementFor(text, found.index, (id) => replace(id, found![1]!));
    if (made === undefined) continue;
    result += `${text.slice(end, found.index)}.${made}`;
    end = signatures.lastIndex;
  }
  return result + text.slice(end);
}

/** What stands before an id may look like a part of it (`x.run_1`), so each beginning is tried. */
function replacementFor(text: string, end: number, replace: (id: string) => string | undefined): string | undefined {
  let start = end;
  while (start > 0 && end - start < MAX_ID_LENGTH && ID_CHARACTER.test(text[start - 1]!)) start -= 1;
  const before = text.slice(start, end);
  for (const { index } of before.matchAll(START)) {
    const made = replace(before.slice(index));
    if (made !== undefined) return made;
  }
  return undefined;
}

function replaceEncoded(text: string, by: Encoding & { continues: boolean }, replace: Replace): string {
  const { encoding, text: mark, first, continues } = by;
  let result = '';
  let end = 0;
  for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + 1)) {
    const from = at - first;
    if (from < end) continue;
    const allowed = encoding === 'hex' ? HEX : BASE64;
    allowed.lastIndex = from;
    const found = allowed.exec(text.slice(0, from + MAX_RECEIVED_LENGTH))![0];
    const isCut = continues && from + found.length === text.length;
    const encoded = isCut ? found.slice(0, found.length - (found.length % 4)) : found;
    const decoded = Buffer.from(encoded, encoding).toString('latin1');
    const replaced = replacePlain(decoded, replace);
    if (replaced === decoded) continue;
    // Only what changes is written: the alphabet and the case of the rest stay as they are.
    const [before, after] = [decoded, replaced].map((each) => Buffer.from(each, 'latin1').toString(encoding));
    const isUpper = encoding === 'hex' && mark !== mark.toLowerCase();
    const written = [...encoded].map((character, i) => {
      if (before![i] === after![i]) return character;
      return isUpper ? after![i]!.toUpperCase() : after![i]!;
    });
    result += text.slice(end, from) + written.join('');
    end = from + encoded.length;
  }
  return result + text.slice(end);
}

function base64Forms(path: string): Encoding[] {
  const forms = [0, 1, 2].flatMap((offset) => {
    const bytes = Buffer.from('x'.repeat(offset) + path);
    const first = Math.ceil((offset * 8) / 6);
    const text = bytes.toString('base64').slice(first, Math.floor((bytes.length * 8) / 6));
    return [text, text.replaceAll('+', '-').replaceAll('/', '_')].map((each) => ({ text: each, first }));
  });
  return distinct(forms).map((form) => ({ encoding: 'base64', ...form }));
}

function hexForms(path: string): Encoding[] {
  const text = Buffer.from(path).toString('hex');
  return [text, text.toUpperCase()].map((each) => ({ encoding: 'hex', text: each, first: 0 }));
}

function distinct<T extends { text: string }>(forms: T[]): T[] {
  return [...new Map(forms.map((form) => [form.text, form])).values()];
}
