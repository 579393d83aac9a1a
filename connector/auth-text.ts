/** What the texts of a login may name: `{account.x}` is a public field, `{auth.x}` any field of the mode, `{token}` the access token. */
export interface AuthScopes {
  account: Readonly<Record<string, unknown>>;
  auth?: Readonly<Record<string, unknown>> | undefined;
  issuer?: string | undefined;
  token?: string | undefined;
}

const PLACEHOLDER = /\{(account|auth|issuer|token)(?:\.([A-Za-z0-9_]{1,100}))?\}/g;

/** The text with its placeholders filled in; undefined when one of them has no value. What is filled in is not read again. */
export function fillText(text: string, scopes: AuthScopes): string | undefined {
  let isWhole = true;
  const filled = text.replace(PLACEHOLDER, (_whole, scope: 'account' | 'auth' | 'issuer' | 'token', name?: string) => {
    const value = textOf(scopes, scope, name);
    if (value === undefined) isWhole = false;
    return value ?? '';
  });
  return isWhole ? filled : undefined;
}

/** The texts that could be filled in, names included; entries that miss a value are left out. */
export function fillTexts(texts: Readonly<Record<string, string>>, scopes: AuthScopes): Record<string, string> {
  const filled: Record<string, string> = {};
  for (const [name, text] of Object.entries(texts)) {
    const [key, value] = [fillText(name, scopes), fillText(text, scopes)];
    if (key !== undefined && value !== undefined) filled[key] = value;
  }
  return filled;
}

/** The first of the texts whose placeholders all have values. */
export function firstFilled(texts: readonly string[], scopes: AuthScopes): string | undefined {
  for (const text of texts) {
    const filled = fillText(text, scopes);
    if (filled !== undefined) return filled;
  }
  return undefined;
}

/** Names that a text reads from a scope. */
export function namesIn(text: string, scope: 'account' | 'auth'): string[] {
  return [...text.matchAll(PLACEHOLDER)].filter((match) => match[1] === scope).map((match) => match[2] ?? '');
}

function textOf(scopes: AuthScopes, scope: string, name: string | undefined): string | undefined {
  if (scope === 'issuer') return scopes.issuer;
  if (scope === 'token') return scopes.token;
  const fields = scope === 'account' ? scopes.account : (scopes.auth ?? {});
  if (name === undefined || !Object.hasOwn(fields, name)) return undefined;
  const value = fields[name];
  const isText = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  return isText && value !== '' ? String(value) : undefined;
}
