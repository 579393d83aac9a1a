import type { ValidationError } from '../../connector/errors.ts';
import type { ConnectLinkView } from '../../engine/credentials/logins/connect-links.ts';
import { type Html, html, page } from './html.ts';

/** What was sent and why it was refused, for another try. */
export interface RefusedForm {
  kind: string;
  /** Without secrets: those are typed again. */
  values: Record<string, string>;
  problem: { detail: string; hint: string; errors?: ValidationError[] };
}

interface Field {
  name: string;
  label: string;
  hint?: string;
  type?: 'text' | 'password' | 'date';
  /** A bare name is as good as a URL, so that the keyboard is chosen and nothing refused by the browser. */
  isUrl?: boolean;
  isOptional?: boolean;
  /** Not asked for when an authentication is renewed, which keeps it. */
  isKept?: boolean;
}

const HOST: Field = {
  name: 'host',
  label: 'Workspace URL',
  isUrl: true,
  hint: 'Such as https://dbc-a1b2345c-d6e7.cloud.databricks.com',
};

const FORMS: Record<'oauth_m2m' | 'pat', { title: string; text: string; button: string; fields: Field[] }> = {
  oauth_m2m: {
    title: 'Connect with a service principal',
    text: 'For connections that do not depend on a person. An administrator creates the secret under Settings > Identity and access.',
    button: 'Connect with this service principal',
    fields: [
      { name: 'client_id', label: 'Client ID' },
      { name: 'client_secret', label: 'Client secret', type: 'password' },
      {
        name: 'account_id',
        label: 'Account ID (only for an account-level connection)',
        isOptional: true,
        isKept: true,
      },
    ],
  },
  pat: {
    title: 'Connect with a personal access token',
    text: 'Create one in the workspace under Settings > Developer > Access tokens.',
    button: 'Connect with this token',
    fields: [
      { name: 'token', label: 'Personal access token', type: 'password' },
      {
        name: 'expires_at',
        label: 'Expiration date (if any; you are warned before it)',
        type: 'date',
        isOptional: true,
      },
    ],
  },
};

/**
 * The page on which an end user connects a workspace. One form per way of connecting, each with labels, hints and validation errors
 * bound to their fields, usable without scripts, colors or a mouse. `path` is where its forms go.
 */
export function connectPage(view: ConnectLinkView, path: string, refused?: RefusedForm): string {
  const title = `Connect ${titleOf(view.connector)} to ${view.tenant_name}`;
  const shown = refused === undefined ? title : `Error: ${title}`;
  return page(
    shown,
    html`<h1>${title}</h1>
<p><strong>${view.tenant_name}</strong> asks to use your ${titleOf(view.connector)} workspace as <strong>${view.linked_account}</strong>. Your entries are tested, stored encrypted, and used for nothing else.</p>
${refused === undefined ? undefined : alert(refused)}
${view.kinds.map((kind) => (kind === 'oauth_u2m' ? loginForm(path) : form(kind, view, { path, refused })))}
${view.cancel_url === undefined ? undefined : html`<p><a href="${view.cancel_url}">Cancel and go back</a></p>`}
<p class="hint">This link works once, until <time datetime="${view.expires_at}">${new Date(view.expires_at).toUTCString()}</time>.</p>`,
  );
}

function alert({ problem }: RefusedForm): Html {
  return html`<div role="alert"><p><strong>The workspace could not be connected.</strong> ${problem.detail}</p><p>${problem.hint}</p></div>`;
}

function loginForm(path: string): Html {
  return html`<form method="post" action="${path}/login"><fieldset><legend>Sign in</legend>
<p>You sign in at the service itself; no password passes through here.</p>
<button>Sign in with Databricks</button></fieldset></form>`;
}

function form(
  kind: 'oauth_m2m' | 'pat',
  view: ConnectLinkView,
  { path, refused }: { path: string; refused: RefusedForm | undefined },
): Html {
  const { title, text, button, fields } = FORMS[kind];
  const sent = refused?.kind === kind ? refused : undefined;
  const asked = fields.filter(({ isKept }) => !(view.renews && isKept));
  const all = view.host === undefined ? [HOST, ...asked] : asked;
  const fixed = view.host === undefined ? undefined : html`<p>Workspace: ${view.host}</p>`;
  return html`<form method="post" action="${path}"><input type="hidden" name="kind" value="${kind}"><fieldset><legend>${title}</legend>
<p>${text}</p>
${fixed}
${all.map((field) => input(kind, field, sent))}
<button>${button}</button></fieldset></form>`;
}

function input(
  kind: string,
  { name, label, hint, type = 'text', isUrl = false, isOptional = false }: Field,
  sent: RefusedForm | undefined,
): Html {
  const id = `${kind}-${name}`;
  const validationError = sent?.problem.errors?.find(({ pointer }) => pointer === `/${name}`);
  const described = [hint === undefined ? '' : `${id}-hint`, validationError === undefined ? '' : `${id}-error`]
    .filter(Boolean)
    .join(' ');
  return html`<label for="${id}">${label}</label>
<input id="${id}" name="${name}" type="${type}" autocomplete="off" spellcheck="false"${isUrl ? html` inputmode="url"` : undefined}${isOptional ? undefined : html` required`}${
    validationError === undefined ? undefined : html` aria-invalid="true"`
  }${described === '' ? undefined : html` aria-describedby="${described}"`} value="${type === 'password' ? '' : (sent?.values[name] ?? '')}">
${hint === undefined ? undefined : html`<p class="hint" id="${id}-hint">${hint}</p>`}
${validationError === undefined ? undefined : html`<p class="error" id="${id}-error">${validationError.message}</p>`}`;
}

function titleOf(connector: string): string {
  return connector.charAt(0).toUpperCase() + connector.slice(1);
}
