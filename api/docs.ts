import { readFile } from 'node:fs/promises';
import { type Route, route } from './http/route.ts';

const ERRORS = new URL('../docs/reference/errors.md', import.meta.url);
const STYLE =
  'body{font:1rem/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}h2:target{background:#fff3bf}';

/** `/docs/errors`: where the `type` of a problem leads, with one section per code. */
export function docsRoutes(): Route[] {
  let page: Promise<string> | undefined;
  return [
    route({
      method: 'GET',
      path: '/docs/errors',
      operation: 'get_error_docs',
      tag: 'Operations',
      summary: 'Show the error reference.',
      answers: { 200: { description: 'An HTML page with one section per error code.', content: 'text/html' } },
      async handle() {
        page ??= readFile(ERRORS, 'utf8').then(toPage);
        return {
          status: 200,
          headers: {
            'content-type': 'text/html; charset=utf-8',
            'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
          },
          body: await page,
        };
      },
    }),
  ];
}

/** The part of Markdown that our page of errors is written in: headings, paragraphs, code and links, which lose their targets. */
function toPage(markdown: string): string {
  const blocks = markdown.split(/\n{2,}/).map((block) => {
    const [, marks, heading] = /^(#+) (.+)$/.exec(block.trim()) ?? [];
    if (marks === undefined) return `<p>${toInline(block)}</p>`;
    return `<h${marks.length} id="${escapeHtml(heading!)}">${toInline(heading!)}</h${marks.length}>`;
  });
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Penstock: errors</title><style>${STYLE}</style>${blocks.join('')}</html>`;
}

function toInline(text: string): string {
  return escapeHtml(text)
    .replaceAll(/`([^`]+)`/g, '<code>$1</code>')
    .replaceAll(/\[([^[\]]+)\]\([^()]+\)/g, '$1');
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
