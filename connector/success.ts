import { holds } from './condition.ts';
import type { SuccessManifest } from './manifest.ts';
import { readPath } from './template.ts';
import { asFields, asText, failure, type UpstreamFailure } from './upstream.ts';

/**
 * The failure that the body of a 2xx answer tells of, with the code and message of the service; undefined for a success. `unread`: the
 * body neither says that it succeeded nor why not, so it is not known which.
 */
export function failureInBody(body: unknown, success: SuccessManifest): UpstreamFailure | 'unread' | undefined {
  if (holds(success.when, body)) return undefined;
  const code = firstText(body, success.code);
  if (asFields(body) === undefined || code === undefined) return 'unread';
  return { ...failure(code, firstText(body, success.message) ?? code), shape: 'json' };
}

function firstText(body: unknown, paths: string | string[] | undefined): string | undefined {
  for (const path of [paths ?? []].flat()) {
    const text = asText(readPath(body, path));
    if (text !== undefined) return text;
  }
  return undefined;
}
