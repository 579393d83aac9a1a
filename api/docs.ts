import { ERROR_CODES, type ErrorCode } from '../connector/errors.ts';
import { hintFor } from './hints.ts';
import { type Route, route } from './route.ts';

/** `/docs/errors`: where the `type` of a problem leads, with one section per code. */
export function docsRoutes(): Route[] {
  const page = errorsPage();
  return [
    route({
      method: 'GET',
      path: '/docs/errors',
      operation: 'get_error_docs',
      tag: 'Operation',
      summary: 'Read what each error code means.',
      answers: { 200: { description: 'A page with one section per code.', content: 'text/html' } },
      handle: () => ({
        status: 200,
        headers: {
          'content-type': 'text/html; charset=utf-8',
          'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
        },
        body: page,
      }),
    }),
  ];
}

/** Holds nothing but our own tables, so nothing needs escaping beyond quotes, which stand in text only. */
function errorsPage(): string {
  const sections = (Object.keys(ERROR_CODES) as ErrorCode[]).map((code) => {
    const { status, kind, title } = ERROR_CODES[code];
    return `<section id="${code}"><h2>${code}</h2><p>${title}. HTTP ${status}, kind <code>${kind}</code>.</p><p>${hintFor({ code, kind })}</p></section>`;
  });
  const style =
    'body{font:1rem/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}:target{background:#fff3bf}';
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Penstock error codes</title><style>${style}</style><h1>Error codes</h1>${sections.join('')}</html>`;
}
