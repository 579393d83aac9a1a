import type { Answer, Call } from '../router.ts';
import type { Workspace } from '../workspace.ts';
import { allowsRedirect, type Clients } from './clients.ts';
import type { Grants } from './grants.ts';

const CODE_MS = 10 * 60_000;
const FIELDS = [
  'response_type',
  'client_id',
  'redirect_uri',
  'scope',
  'state',
  'code_challenge',
  'code_challenge_method',
];

/** What the consent page needs. */
export interface ConsentParts {
  workspace: Workspace;
  clients: Clients;
  grants: Grants;
  /** Users who may log in: SCIM id and name. */
  users(): { id: string; userName: string }[];
}

/**
 * The authorization endpoint. GET shows a page with two buttons; its form comes back as POST with `decision` (allow or deny) and `user`.
 * A request whose client or redirect address is wrong is never redirected (RFC 6749, 4.1.2.1).
 */
export function authorize(call: Call, parts: ConsentParts): Answer {
  const asked = Object.fromEntries(
    Object.entries({ ...call.query, ...call.body }).map(([name, value]) => [name, String(value)]),
  );
  const client = parts.clients.get(asked.client_id ?? '');
  if (client?.redirects === undefined)
    return page(
      400,
      'Unknown client',
      `<p>The client <code>${escapeHtml(asked.client_id ?? '')}</code> is not known for logins.</p>`,
    );
  if (!allowsRedirect(client, asked.redirect_uri ?? '')) {
    return page(
      400,
      'Wrong redirect address',
      `<p><code>${escapeHtml(asked.redirect_uri ?? '')}</code> is not registered for this client.</p>`,
    );
  }
  // RFC 9207, 2: the issuer is in error answers, too.
  const iss = `${parts.workspace.url()}/oidc`;
  const fault = faultOf(asked);
  if (fault !== undefined) return redirect(asked, { ...fault, iss });
  if (call.method === 'GET') return consentPage(asked, parts);
  if (asked.decision !== 'allow')
    return redirect(asked, { error: 'access_denied', error_description: 'The user denied the request', iss });
  const user = parts.users().find((item) => item.id === asked.user || item.userName === asked.user) ?? parts.users()[0];
  const code = parts.grants.addCode({
    client: client.id,
    user: user?.id ?? '',
    redirect: asked.redirect_uri as string,
    scope: asked.scope ?? 'all-apis',
    challenge: asked.code_challenge as string,
    expiresAt: parts.workspace.now() + CODE_MS,
  });
  return redirect(asked, { code, iss });
}

function faultOf(asked: Record<string, string>): Record<string, string> | undefined {
  if (asked.response_type !== 'code')
    return { error: 'unsupported_response_type', error_description: 'response_type must be code' };
  if (asked.code_challenge === undefined || asked.code_challenge_method !== 'S256') {
    return {
      error: 'invalid_request',
      error_description: 'code_challenge with code_challenge_method S256 is required',
    };
  }
  return undefined;
}

function redirect(asked: Record<string, string>, values: Record<string, string>): Answer {
  const to = new URL(asked.redirect_uri as string);
  for (const [name, value] of Object.entries({
    ...values,
    ...(asked.state === undefined ? {} : { state: asked.state }),
  }))
    to.searchParams.set(name, value);
  return { status: 302, empty: true, headers: { location: to.href } };
}

function consentPage(asked: Record<string, string>, parts: ConsentParts): Answer {
  const hidden = FIELDS.filter((name) => asked[name] !== undefined).map(
    (name) => `<input type="hidden" name="${name}" value="${escapeHtml(asked[name] ?? '')}">`,
  );
  const users = parts
    .users()
    .map((user) => `<option value="${escapeHtml(user.id)}">${escapeHtml(user.userName)}</option>`);
  return page(
    200,
    'Log in to the emulator',
    `<p>The app <code>${escapeHtml(asked.client_id ?? '')}</code> asks for <code>${escapeHtml(asked.scope ?? 'all-apis')}</code>.</p>
<form method="post">${hidden.join('')}
<label>User <select name="user">${users.join('')}</select></label>
<button name="decision" value="allow">Allow</button>
<button name="decision" value="deny">Deny</button>
</form>`,
  );
}

function page(status: number, title: string, body: string): Answer {
  const text = `<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>${title}</title></head><body><h1>${title}</h1>\n${body}\n</body></html>\n`;
  return { status, text, headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' } };
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
