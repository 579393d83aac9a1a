import type { Answer } from '../http/route.ts';

/** Text that was marked as HTML, by `html` alone. */
export interface Html {
  readonly markup: string;
}

/** A template whose values are escaped, unless they are HTML themselves; a list of HTML stands one after the other. */
export function html(strings: TemplateStringsArray, ...values: (string | Html | readonly Html[] | undefined)[]): Html {
  const markup = strings.map((text, at) => text + (at < values.length ? toMarkup(values[at]) : '')).join('');
  return { markup };
}

function toMarkup(value: string | Html | readonly Html[] | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return escapeHtml(value);
  return 'markup' in value ? value.markup : value.map(({ markup }) => markup).join('');
}

/** Safe in text and in quoted attributes. */
function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

const STYLE: Html = {
  markup: `
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 2rem auto; padding: 0 1rem; color: #1b1f24; background: #fff; }
h1 { font-size: 1.5rem; line-height: 1.25; }
fieldset { border: 1px solid #8b949e; border-radius: .5rem; margin: 1.5rem 0; padding: 1rem; }
legend { font-weight: 600; padding: 0 .5rem; }
label { display: block; margin-top: .75rem; font-weight: 600; }
input { display: block; box-sizing: border-box; width: 100%; font: inherit; padding: .5rem; border: 1px solid #57606a; border-radius: .25rem; }
input[aria-invalid] { border-color: #b42318; }
button { font: inherit; margin-top: 1rem; padding: .5rem 1rem; border: 0; border-radius: .25rem; color: #fff; background: #0b5cad; cursor: pointer; }
:focus-visible { outline: 3px solid #0b5cad; outline-offset: 2px; }
.hint { margin: .25rem 0 0; color: #57606a; }
.error { margin: .25rem 0 0; color: #b42318; }
[role=alert] { border-left: .25rem solid #b42318; padding: .5rem 1rem; background: #fef3f2; }
@media (prefers-color-scheme: dark) {
  body { color: #e6edf3; background: #0d1117; }
  .hint { color: #9198a1; }
  .error { color: #ffa198; }
  input { color: inherit; background: #161b22; }
  [role=alert] { background: #25171c; }
}`,
};

/** A whole page. Needs no script, and none would run. */
export function page(title: string, body: Html): string {
  const whole = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body><main>
${body}
</main></body>
</html>`;
  return whole.markup;
}

/** A page that says one thing. */
export function messagePage(title: string, ...lines: string[]): string {
  return page(title, html`<h1>${title}</h1>${lines.map((line) => html`<p>${line}</p>`)}`);
}

/** A page as an answer: nothing is loaded, no frame shows it, and its address, which may hold a secret, is told to nobody. */
export function pageAnswer(status: number, body: string, headers: Record<string, string> = {}): Answer {
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy':
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      ...headers,
    },
    body,
  };
}
