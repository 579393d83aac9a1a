import type { ValidationError } from '../../connector/errors.ts';
import type { ConnectLinkView } from '../../engine/credentials/logins/connect-links.ts';
import type { ConnectFieldView, ConnectModeView } from '../../engine/credentials/logins/connect-modes.ts';
import { type Html, html, page } from './html.ts';

/** What was sent and why it was refused, for another try. */
export interface RefusedForm {
  kind: string;
  /** Without secrets: those are typed again. */
  values: Record<string, string>;
  problem: { detail: string; hint: string; errors?: ValidationError[] };
}

/**
 * The page on which an end user connects a workspace. One form per way of connecting, each with labels, hints and validation errors
 * bound to their fields, usable without scripts, colors or a mouse. `path` is where its forms go.
 */
export function connectPage(view: ConnectLinkView, path: string, refused?: RefusedForm): string {
  const title = `Connect ${view.connector_title} to ${view.tenant_name}`;
  const shown = refused === undefined ? title : `Error: ${title}`;
  return page(
    shown,
    html`<h1>${title}</h1>
<p><strong>${view.tenant_name}</strong> asks to use your ${view.connector_title} account as <strong>${view.linked_account}</strong>. Your entries are tested, stored encrypted, and used for nothing else.</p>
${refused === undefined ? undefined : alert(refused)}
${view.modes.map((mode) => (mode.isLogin ? loginForm(mode, path) : form(mode, view, { path, refused })))}
${view.cancel_url === undefined ? undefined : html`<p><a href="${view.cancel_url}">Cancel and go back</a></p>`}
<p class="hint">This link works once, until <time datetime="${view.expires_at}">${new Date(view.expires_at).toUTCString()}</time>.</p>`,
  );
}

function alert({ problem }: RefusedForm): Html {
  return html`<div role="alert"><p><strong>The account could not be connected.</strong> ${problem.detail}</p><p>${problem.hint}</p></div>`;
}

function loginForm({ title }: ConnectModeView, path: string): Html {
  return html`<form method="post" action="${path}/login"><fieldset><legend>Sign in</legend>
<p>You sign in at the service itself; no password passes through here.</p>
<button>${title}</button></fieldset></form>`;
}

function form(
  { id, title, description, fields }: ConnectModeView,
  view: ConnectLinkView,
  { path, refused }: { path: string; refused: RefusedForm | undefined },
): Html {
  const sent = refused?.kind === id ? refused : undefined;
  const fixed = view.host === undefined ? undefined : html`<p>Address: ${view.host}</p>`;
  const text = description === undefined ? undefined : html`<p>${description}</p>`;
  return html`<form method="post" action="${path}"><input type="hidden" name="kind" value="${id}"><fieldset><legend>${title}</legend>
${text}
${fixed}
${fields.map((field) => input(id, field, sent))}
<button>Connect: ${title}</button></fieldset></form>`;
}

function input(
  form: string,
  { name, title, description, kind, isOptional, example }: ConnectFieldView,
  sent: RefusedForm | undefined,
): Html {
  const id = `${form}-${name}`;
  const hint = [description, example === undefined ? undefined : `Such as ${example}`].filter(Boolean).join(' ');
  const validationError = sent?.problem.errors?.find(({ pointer }) => pointer === `/${name}`);
  const described = [hint === '' ? '' : `${id}-hint`, validationError === undefined ? '' : `${id}-error`]
    .filter(Boolean)
    .join(' ');
  const type = kind === 'password' || kind === 'date' ? kind : 'text';
  const attributes = html`autocomplete="off" spellcheck="false"${isOptional ? undefined : html` required`}${
    validationError === undefined ? undefined : html` aria-invalid="true"`
  }${described === '' ? undefined : html` aria-describedby="${described}"`}`;
  // A bare name is as good as a URL, so the keyboard is chosen and nothing is refused by the browser.
  const control =
    kind === 'key'
      ? html`<textarea id="${id}" name="${name}" rows="6" ${attributes}></textarea>`
      : html`<input id="${id}" name="${name}" type="${type}" ${attributes}${kind === 'url' ? html` inputmode="url"` : undefined} value="${kind === 'password' ? '' : (sent?.values[name] ?? '')}">`;
  return html`<label for="${id}">${title}${isOptional ? ' (optional)' : ''}</label>
${control}
${hint === '' ? undefined : html`<p class="hint" id="${id}-hint">${hint}</p>`}
${validationError === undefined ? undefined : html`<p class="error" id="${id}-error">${validationError.message}</p>`}`;
}
