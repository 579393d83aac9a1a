/** What a reader sees in place of a secret. */
export const HIDDEN = '[secret]';

/** Headers whose values say what is asked, by whom and how: shown and stored as they are. All others may carry a credential; see `headerPlaces`. */
const PLAIN_HEADERS = new Set(
  `accept accept-charset accept-encoding accept-language cache-control connection content-disposition content-encoding
  content-language content-length content-type date expect forwarded host idempotency-key if-match if-modified-since if-none-match
  if-unmodified-since max-forwards origin pragma prefer range request-id te traceparent tracestate transfer-encoding user-agent
  via webhook-id webhook-timestamp x-correlation-id x-event-key x-event-name x-event-time x-event-type x-forwarded-for x-forwarded-host
  x-forwarded-port x-forwarded-proto
  x-real-ip x-request-id x-requested-with ce-id ce-source ce-specversion ce-subject
  ce-time ce-type`.split(/\s+/),
);

/** Parameters that choose, filter, sort and page: shown and stored as they are. All others may carry a credential. */
const PLAIN_PARAMETERS = new Set(
  `active active_only all api_version api-version attributes catalog catalog_name cluster_id columns completed_only count date day
  descending dir direction dry_run end end_date end_time event event_type events excludedattributes expand expand_tasks
  fields filter filters format from full_name group_by id ids include include_browse include_deleted include_history job_id
  key_column lang language limit locale max max_items max_results method mode month name names object_type offset order order_by orderby
  overwrite page page_size page_token parent pagesize path per_page pipeline_id q query recursive region role run_id run_type schema
  schema_name select since size skip sort sort_by sort_order sortby sortorder space_id spaceid start start_date start_time
  start_time_from start_time_to startindex state statement_id status step table table_name take time time_zone timezone to top type
  types until user_name v version view volume warehouse_id week workflow workspace_id year`.split(/\s+/),
);

/** Words of a name that carries a credential: `x-hook-token`, `accessToken`. */
const CREDENTIAL_WORDS = new Set(
  'auth authorization token tokens secret password passwd passphrase pwd pass signature sig credential credentials apikey jwt bearer cookie'.split(
    ' ',
  ),
);
/** Words that say so only beside others (`x-api-key`), or with a value that looks random. */
const WEAK_WORDS = new Set(['key', 'session', 'sessionid', 'code', 'sid']);
const LOOKS_RANDOM = /^(?=.*\d)(?=.*[A-Za-z])(?!.*[T ]\d\d:\d\d)[\x21-\x7e]{16,}$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const SCHEME = /^(basic|bearer|token|apikey|api-key|key|digest|hmac|aws4-hmac-sha256|negotiate)\s+(\S.*)$/i;
/** A part of a path that no one would type: what makes a capability URL secret, as those of incoming webhooks of chat services. */
const RANDOM = /^(?=.*\d)(?=.*[A-Za-z])[\w~.-]{20,}$/;
/** Shorter texts are no secrets, and taking them out of an answer would garble it. */
const MIN_LENGTH = 6;
/** One expression that is a plain path, with a scheme before it at most: it holds no secret itself. */
const PLAIN_TEMPLATE = /^\s*((basic|bearer|token|apikey)\s+)?\{\{[\s\w.$`]+\}\}\s*$/i;

export function isPlainHeader(name: string): boolean {
  return PLAIN_HEADERS.has(name.toLowerCase());
}

export function isPlainParameter(name: string): boolean {
  return PLAIN_PARAMETERS.has(name.toLowerCase());
}

/** Whether a template only says where its value comes from. */
export function isPlainTemplate(value: unknown): boolean {
  return typeof value === 'string' && PLAIN_TEMPLATE.test(value);
}

/**
 * What of a header's or parameter's value is a credential by the look of it, and must not come back in an answer. A value that is
 * hidden only because its name is unknown (`x-team: finance`) is left: answers would lose an ordinary word with it.
 */
export function credentialsOf(name: string, value: string): string[] {
  const [, scheme = '', rest = value] = SCHEME.exec(value) ?? [];
  if (!isCredentialName(name, rest)) return [];
  const decoded = scheme.toLowerCase() === 'basic' ? Buffer.from(rest, 'base64').toString('utf8') : '';
  const password = decoded.slice(decoded.indexOf(':') + 1);
  return [value, rest, password].filter((text, i, all) => text.length >= MIN_LENGTH && all.indexOf(text) === i);
}

function isCredentialName(name: string, value: string): boolean {
  const words = name
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '' && word !== 'x');
  if (words.some((word) => CREDENTIAL_WORDS.has(word))) return true;
  if (!words.some((word) => WEAK_WORDS.has(word))) return false;
  const isBeside =
    words.includes('key') && words.some((word) => /^(api|access|account|private|subscription|functions)$/.test(word));
  return isBeside || (LOOKS_RANDOM.test(value) && !UUID.test(value));
}

/** Every text in a value that must not come back in an answer, whatever it looks like. */
export function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return value.length >= MIN_LENGTH ? [value] : [];
  if (value === null || typeof value !== 'object') return [];
  return Object.values(value).flatMap(textsIn);
}

/**
 * A URL, or a path with a query, as it may be shown, and the credentials that were taken out: user and password, values of
 * parameters that are not known to be plain (of parts of the path, too), and, with `hidesPath`, parts of the path that look random. Undefined when nothing
 * of it is secret.
 */
export function hideInUrl(url: string, hidesPath: boolean): { shown: string; credentials: string[] } | undefined {
  const credentials: string[] = [];
  const hash = url.indexOf('#');
  const before = hash < 0 ? url : url.slice(0, hash);
  const at = before.indexOf('?');
  const [, origin = '', rest = ''] = /^([a-z][a-z0-9+.-]*:\/\/[^/?#]*)?([\s\S]*)$/i.exec(
    at < 0 ? before : before.slice(0, at),
  )!;
  const shownOrigin = origin.replace(/\/\/(.*)@/, (_all, user: string) => {
    const [, ...password] = user.split(':');
    credentials.push(...textsIn([decode(password.join(':') || user)]));
    return `//${HIDDEN}@`;
  });
  const shownPath = rest.split('/').map(hidePart).join('/');
  const query =
    at < 0
      ? ''
      : `?${before
          .slice(at + 1)
          .split('&')
          .map(hideParameter)
          .join('&')}`;
  const fragment = hash < 0 ? '' : `#${hash + 1 < url.length ? hide(url.slice(hash + 1), []) : ''}`;
  const shown = shownOrigin + shownPath + query + fragment;
  return shown === url ? undefined : { shown, credentials };

  /** A part of a path may have parameters of its own: `;jsessionid=…`. */
  function hidePart(text: string): string {
    const [part = '', ...parameters] = text.split(';');
    const shownPart = hidesPath && RANDOM.test(part) ? hide(part, [part]) : part;
    return [shownPart, ...parameters.map(hideParameter)].join(';');
  }

  function hideParameter(text: string): string {
    const equals = text.indexOf('=');
    const name = decode(equals < 0 ? text : text.slice(0, equals));
    const value = equals < 0 ? '' : text.slice(equals + 1);
    if (equals < 0) return RANDOM.test(text) ? hide(text, [name]) : text;
    if (value === '' || isPlainParameter(name) || isPlainTemplate(value)) return text;
    return text.slice(0, equals + 1) + hide(value, credentialsOf(name, decode(value)));
  }

  function hide(_text: string, found: string[]): string {
    credentials.push(...found);
    return HIDDEN;
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
