import { STATUS_CODES } from 'node:http';
import { parseJson } from './json.ts';
import type { UpstreamFailure } from './upstream-failure.ts';

export type { UpstreamFailure } from './upstream-failure.ts';

export type Fields = { [key: string]: unknown };

/** Longest text of a service that is kept; more is a page, not a message. */
const MAX_MESSAGE = 4096;
const PAGE_WORDS = [
  { open: /<pre(?=[\s>])/i, close: /<\/pre>/i },
  { open: /<title(?=[\s>])/i, close: /<\/title>/i },
  { open: /<h[12](?=[\s>])/i, close: /<\/h[12]>/i },
];
const PLAIN_TEXT = /^([A-Z_]+): (.*)$/s;

/** Reads an error payload that is a JSON object. `phrase` is the status in words. */
export type ReadObject = (fields: Fields, answer: { status: number; phrase: string }) => UpstreamFailure;

/**
 * Reads an error payload: JSON, plain text, HTML, empty, and whatever a gateway puts in between. A service whose objects are of
 * a shape of their own gives `read`. Never throws.
 */
export function readUpstream(status: number, text: string, read: ReadObject = readObject): UpstreamFailure {
  const phrase = STATUS_CODES[status] ?? `HTTP ${status}`;
  if (text.trim() === '') return { ...failure(reasonCode(phrase), phrase), shape: 'empty' };
  const fields = parseFields(text);
  if (fields !== undefined) return read(fields, { status, phrase });
  const plain = PLAIN_TEXT.exec(text.trim());
  if (plain) return failure(plain[1]!, plain[2]!);
  if (text.trimStart().startsWith('<')) return readPage(text, phrase);
  if (text.trimStart().startsWith('{')) return readCutJson(text, phrase);
  return failure('UNKNOWN', text.trim());
}

function readPage(text: string, phrase: string): UpstreamFailure {
  const words = PAGE_WORDS.map((element) => unescapeHtml(insideOf(text, element) ?? '').trim()).find(Boolean);
  return { ...failure(reasonCode(phrase), words ?? phrase), shape: 'web_page' };
}

/** A wait that a service names. A longer one is an error of the service, and the request is retried after a day. */
export const MAX_RETRY_AFTER_MS = 86_400_000;

/** Milliseconds a `Retry-After` asks for, in seconds or as an HTTP date, at `now` by the clock that gave it; `undefined` when it is missing, unreadable or past. */
export function readRetryAfter(header: string | string[] | undefined, now: number): number | undefined {
  const text = (Array.isArray(header) ? header[0] : header)?.trim();
  if (text === undefined || text === '') return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Math.min(Number(text) * 1000, MAX_RETRY_AFTER_MS);
  const date = Date.parse(text);
  return Number.isNaN(date) || date <= now ? undefined : Math.min(date - now, MAX_RETRY_AFTER_MS);
}

/** Codes are words; anything else in `error` is a sentence. */
const CODE = /^[\w.:-]{1,100}$/;

/** The payloads of most services: OAuth (RFC 6749), problem details (RFC 9457), and the common `message`, `error` and `errors`. */
function readObject(fields: Fields, { phrase }: { phrase: string }): UpstreamFailure {
  const nested = asFields(fields.error) ?? asFields(Array.isArray(fields.errors) ? fields.errors[0] : undefined);
  const word = asText(fields.error);
  const code =
    asText(fields.error_code) ??
    asText(fields.errorCode) ??
    asText(fields.code) ??
    asText(nested?.code) ??
    asText(nested?.type) ??
    asText(nested?.status) ??
    (word !== undefined && CODE.test(word) ? word : undefined);
  const message =
    asText(fields.error_description) ??
    asText(fields.errorSummary) ??
    asText(fields.message) ??
    asText(nested?.message) ??
    asText(fields.detail) ??
    asText(fields.title) ??
    word;
  const requestId = asText(fields.request_id);
  return {
    ...failure(code ?? reasonCode(phrase), message ?? phrase),
    shape: 'json',
    ...(requestId === undefined ? {} : { request_id: requestId }),
  };
}

/** What is in the first such element, to the end of a text that was cut. Looks at each character a fixed number of times. */
function insideOf(text: string, tag: { open: RegExp; close: RegExp }): string | undefined {
  const opened = text.search(tag.open);
  const start = opened === -1 ? -1 : text.indexOf('>', opened);
  if (start === -1) return undefined;
  const rest = text.slice(start + 1);
  const end = rest.search(tag.close);
  return end === -1 ? rest : rest.slice(0, end);
}

/** JSON whose end was not read: the first code and message in it. */
function readCutJson(text: string, phrase: string): UpstreamFailure {
  const code = /"error_code" {0,9}: {0,9}"([^"\\]{1,200})"/.exec(text)?.[1];
  const message = /"message" {0,9}: {0,9}"((?:[^"\\]|\\.){1,4096})/.exec(text)?.[1];
  if (code === undefined && message === undefined) return failure('UNKNOWN', text.trim());
  return {
    ...failure(code ?? reasonCode(phrase), message === undefined ? phrase : unescapeJson(message)),
    shape: 'json',
  };
}

function unescapeJson(inside: string): string {
  try {
    return JSON.parse(`"${inside}"`) as string;
  } catch {
    return inside; // Cut within an escape.
  }
}

function parseFields(text: string): Fields | undefined {
  try {
    const value = parseJson(text);
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Fields) : undefined;
  } catch {
    return undefined; // Not JSON: the caller tries the other shapes.
  }
}

/** An object that is no list. */
export function asFields(value: unknown): Fields | undefined {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Fields) : undefined;
}

/** A text that is not empty; numbers are texts. */
export function asText(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : undefined;
}

/** A failure with its message cut to what is kept. */
export function failure(code: string, message: string): UpstreamFailure {
  const kept = message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}…` : message;
  return { error_code: code, message: kept, details: {}, shape: 'text' };
}

/** `Bad Request` as `BAD_REQUEST`. */
export function reasonCode(phrase: string): string {
  return phrase.toUpperCase().replace(/[^A-Z0-9]+/g, '_');
}

function unescapeHtml(text: string): string {
  const named: { [name: string]: string } = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };
  return text
    .replace(/<[^<>]*>/g, ' ')
    .replace(/&(?:#(\d{1,7})|(amp|lt|gt|quot|apos|nbsp));/g, (whole, digits?: string, name?: string) => {
      if (name !== undefined) return named[name]!;
      const point = Number(digits);
      return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
    });
}
