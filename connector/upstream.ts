import { STATUS_CODES } from 'node:http';
import { parseJson } from './json.ts';

/** The service's own account of a failure, whatever shape it came in. */
export interface UpstreamFailure {
  error_code: string;
  message: string;
  request_id?: string;
  sql_state?: string;
  /** `text` is neither JSON nor a web page; an object that the service wrote is `json`. */
  shape: 'json' | 'web_page' | 'text' | 'empty';
  /** Least wait that a google.rpc.RetryInfo asks for. */
  retryDelayMs?: number;
  /** google.rpc details: known types by their short name, unknown ones raw under `other`. */
  details: { [type: string]: unknown[] };
}

type Fields = { [key: string]: unknown };

/** Longest text of a service that is kept; more is a page, not a message. */
const MAX_MESSAGE = 4096;
const DETAIL_TYPE = /^type\.googleapis\.com\/google\.rpc\.([A-Za-z]+)$/;
const PAGE_WORDS = [
  { open: /<pre(?=[\s>])/i, close: /<\/pre>/i },
  { open: /<title(?=[\s>])/i, close: /<\/title>/i },
  { open: /<h[12](?=[\s>])/i, close: /<\/h[12]>/i },
];
const PLAIN_TEXT = /^([A-Z_]+): (.*)$/s;

/**
 * Reads every error payload Databricks is known to send: standard, API 1.2, SCIM, OAuth, plain text, HTML, empty, and
 * whatever a gateway puts in between. Never throws. Facts: databricks-sdk-py errors/deserializer.py, sdk-go apierr.
 */
export function readUpstream(status: number, text: string): UpstreamFailure {
  const phrase = STATUS_CODES[status] ?? `HTTP ${status}`;
  if (text.trim() === '') return { ...failure(reasonCode(phrase), phrase), shape: 'empty' };
  const fields = parseFields(text);
  if (fields !== undefined) return readFields(fields, status, phrase);
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
const MAX_RETRY_AFTER_MS = 86_400_000;

/** Milliseconds a `Retry-After` asks for, in seconds or as an HTTP date; `undefined` when it is missing, unreadable or past. */
export function readRetryAfter(header: string | string[] | undefined, now: number): number | undefined {
  const text = (Array.isArray(header) ? header[0] : header)?.trim();
  if (text === undefined || text === '') return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Math.min(Number(text) * 1000, MAX_RETRY_AFTER_MS);
  const date = Date.parse(text);
  return Number.isNaN(date) || date <= now ? undefined : Math.min(date - now, MAX_RETRY_AFTER_MS);
}

function readFields(fields: Fields, status: number, phrase: string): UpstreamFailure {
  const read =
    fields.schemas !== undefined || fields.scimType !== undefined || fields.detail !== undefined ? scim : standard;
  const { code, message } = read(fields, status);
  const details = readDetails(fields.details ?? asFields(fields.error)?.details);
  const {
    RequestInfo: [requestInfo] = [],
    RetryInfo: [retryInfo] = [],
    ErrorInfo: [errorInfo] = [],
  } = details as {
    [type: string]: Fields[];
  };
  const nested = asFields(fields.error);
  const requestId = asText(requestInfo?.request_id) ?? asText(fields.request_id) ?? asText(nested?.request_id);
  const metadata = asFields(errorInfo?.metadata);
  const sqlState = asText(fields.sql_state) ?? asText(nested?.sql_state) ?? asText(metadata?.sql_state);
  const retryDelayMs = readDelay(retryInfo?.retry_delay);
  return {
    ...failure(code ?? asText(errorInfo?.reason) ?? reasonCode(phrase), message ?? phrase),
    details,
    shape: 'json',
    ...(requestId === undefined ? {} : { request_id: requestId }),
    ...(sqlState === undefined ? {} : { sql_state: sqlState }),
    ...(retryDelayMs === undefined ? {} : { retryDelayMs }),
  };
}

/** A google.protobuf.Duration, as text such as `3.5s` or as an object. */
function readDelay(delay: unknown): number | undefined {
  const text = typeof delay === 'string' ? /^(\d+(?:\.\d+)?)s$/.exec(delay.trim())?.[1] : undefined;
  if (text !== undefined) return Math.min(Math.ceil(Number(text) * 1000), MAX_RETRY_AFTER_MS);
  const { seconds = 0, nanos = 0 } = asFields(delay) ?? {};
  const ms = Math.ceil(Number(seconds) * 1000 + Number(nanos) / 1e6);
  return ms > 0 ? Math.min(ms, MAX_RETRY_AFTER_MS) : undefined;
}

function asFields(value: unknown): Fields | undefined {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Fields) : undefined;
}

function standard(fields: Fields): { code: string | undefined; message: string | undefined } {
  // `error` is the message of API 1.2, but the code of an OAuth answer, which then has a description.
  const oauthText = asText(fields.error_description) ?? asText(fields.errorSummary);
  if (oauthText !== undefined) {
    return { code: asText(fields.error) ?? asText(fields.errorCode) ?? asText(fields.error_code), message: oauthText };
  }
  const nested = asFields(fields.error);
  return {
    code: asText(fields.error_code) ?? asText(fields.errorCode) ?? asText(nested?.status) ?? asText(nested?.code),
    message: asText(fields.message) ?? asText(fields.error) ?? asText(nested?.message),
  };
}

function scim(fields: Fields, status: number): { code: string; message: string | undefined } {
  const detail = asText(fields.detail);
  // An internal SCIM error of Databricks comes as the text "null".
  const text = detail === 'null' ? 'an internal error of the SCIM service' : (detail ?? asText(fields.message));
  const type = asText(fields.scimType);
  return {
    code: asText(fields.error_code) ?? `SCIM_${asText(fields.status) ?? status}`,
    message: type === undefined || text === undefined ? (text ?? type) : `${type} ${text}`,
  };
}

function readDetails(details: unknown): { [type: string]: unknown[] } {
  if (!Array.isArray(details)) return {};
  return Object.groupBy(
    details as unknown[],
    (detail) => DETAIL_TYPE.exec(String((detail as Fields | null)?.['@type']))?.[1] ?? 'other',
  ) as { [type: string]: unknown[] };
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

function asText(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : undefined;
}

function failure(code: string, message: string): UpstreamFailure {
  const kept = message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}…` : message;
  return { error_code: code, message: kept, details: {}, shape: 'text' };
}

function reasonCode(phrase: string): string {
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
