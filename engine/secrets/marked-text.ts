/**
 * Deferred approval links in texts, as pure functions: a mark and its MAC in place of a signature of the same length, so that a
 * text keeps its length when it is completed. See engine/secrets/deferred-links.ts.
 */
export const MARK = 'signedwhensent';
export const MAC_DIGITS = 18;
const MAC = /^[0-9a-f]{18}$/;
const ID = /^[a-z0-9_.]+$/;
/** Of a run, or of a workflow. */
const ID_START = /run_|wf_/g;
/** Longer ids than any run has. */
const MAX_ID_LENGTH = 512;
const BASE64 = /^[A-Za-z0-9+/_-]*$/;
/** Characters of base64 in which a whole link with the longest id has room. */
const MAX_ENCODED_LENGTH = 736;
/** The mark inside base64, at each of the three offsets at which it may begin, and the first of its characters in their group of four. */
const ENCODED_MARKS = [0, 1, 2].map((offset) => {
  const bits = Buffer.from('x'.repeat(offset) + MARK);
  const first = Math.ceil((offset * 8) / 6);
  const text = bits.toString('base64').slice(first, Math.floor((bits.length * 8) / 6));
  return { text, first, bytesToEnd: offset + MARK.length + MAC_DIGITS };
});
/** The mark in each of its forms: a text without any of them holds no link. */
export const MARK_FORMS: readonly string[] = [MARK, ...ENCODED_MARKS.map(({ text }) => text)];
/** No link in any form is longer, so none reaches further back from where it ends. */
export const MAX_LINK_LENGTH = 1024;

/** The completed link of an id and the MAC of its mark; `undefined` when it was not made here for this tenant. */
export type LinkOf = (id: string, mac: string) => string | undefined;

/** Whether a text may hold a link. */
export function holdsMark(text: string): boolean {
  return MARK_FORMS.some((form) => text.includes(form));
}

/**
 * The text with its links completed, also where they are in base64. URL-encoding leaves a link as it is. With `continues` the text is
 * a part of one: a link in base64 whose last group of four may not be whole yet is left.
 */
export function completeText(text: string, linkOf: LinkOf, continues = false): string {
  const plain = completePlain(text, linkOf);
  return ENCODED_MARKS.reduce((result, mark) => completeBase64(result, { mark, continues }, linkOf), plain);
}

function completePlain(text: string, linkOf: LinkOf): string {
  let result = '';
  let end = 0;
  for (let at = text.indexOf(`.${MARK}`); at >= 0; at = text.indexOf(`.${MARK}`, at + 1)) {
    const after = at + 1 + MARK.length;
    const mac = MAC.exec(text.slice(after, after + MAC_DIGITS))?.[0];
    const found = mac === undefined ? undefined : linkBefore(text, at, (id) => linkOf(id, mac));
    if (found === undefined) continue;
    result += text.slice(end, found.from) + found.link;
    end = after + MAC_DIGITS;
  }
  return result + text.slice(end);
}

/** The link of the id that ends at a place. What stands before it may look like a part of it (`x.run_1`), so each beginning is tried. */
function linkBefore(
  text: string,
  end: number,
  linkOf: (id: string) => string | undefined,
): { from: number; link: string } | undefined {
  const start = Math.max(0, end - MAX_ID_LENGTH);
  const before = text.slice(start, end);
  for (const { index: at } of [...before.matchAll(ID_START)].reverse()) {
    const id = before.slice(at);
    if (!ID.test(id)) return undefined;
    const link = linkOf(id);
    if (link !== undefined) return { from: start + at, link };
  }
  return undefined;
}

/**
 * The offset of a mark says where its groups of four begin, whatever stands before the encoded part: in a URL that may look like
 * more of it (`/path/aGVsbG8`, `?d=aGVsbG8`). Only characters that change are written, so the alphabet that is there stays.
 */
function completeBase64(
  text: string,
  { mark, continues }: { mark: (typeof ENCODED_MARKS)[number]; continues: boolean },
  linkOf: LinkOf,
): string {
  let result = '';
  let end = 0;
  for (let at = text.indexOf(mark.text); at >= 0; at = text.indexOf(mark.text, at + 1)) {
    const group = at - mark.first;
    const from = groupsBefore(text, group, end);
    const groupEnd = group + Math.ceil(mark.bytesToEnd / 3) * 4;
    const to = restOfGroup(text, { from: group + Math.ceil((mark.bytesToEnd * 8) / 6), end: groupEnd });
    if (from < end || to > text.length || (continues && to === text.length && to < groupEnd)) continue;
    const encoded = text.slice(from, to);
    const decoded = Buffer.from(encoded, 'base64').toString('latin1');
    const completed = completePlain(decoded, linkOf);
    if (completed === decoded) continue;
    const [before, after] = [decoded, completed].map((bytes) => Buffer.from(bytes, 'latin1').toString('base64'));
    const written = [...encoded].map((character, i) => (before![i] === after![i] ? character : after![i]));
    result += text.slice(end, from) + written.join('');
    end = to;
  }
  return result + text.slice(end);
}

/** Where the groups of four before a place begin that may hold the id of a link. */
function groupsBefore(text: string, place: number, end: number): number {
  let from = place;
  while (from - 4 >= end && place - from < MAX_ENCODED_LENGTH && BASE64.test(text.slice(from - 4, from))) from -= 4;
  return from;
}

function restOfGroup(text: string, { from, end }: { from: number; end: number }): number {
  let to = from;
  while (to < end && to < text.length && BASE64.test(text[to]!)) to += 1;
  return to;
}
