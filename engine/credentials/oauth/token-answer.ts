import type { AnswerManifest } from '../../../connector/auth-mode.ts';
import { readPath } from '../../../connector/template.ts';

const BAD_REQUEST = 400;

/**
 * The answer of a token endpoint in the form of RFC 6749: what a manifest says is elsewhere is moved, and an error that came with 200
 * gets a status of its own. An answer that is no JSON object stays as it is.
 */
export function readAnswer(
  given: { status: number; text: string; now: number },
  answer: AnswerManifest | undefined,
): { status: number; text: string } {
  const body = given.status < 300 ? parse(given.text) : undefined;
  if (body === undefined) return given;
  const isRefused = body.ok === false || (typeof body.error === 'string' && body.access_token === undefined);
  if (isRefused) return { status: BAD_REQUEST, text: given.text };
  if (answer === undefined) return given;
  const read = (path: string | undefined) => (path === undefined ? undefined : readPath(body, path));
  const end = read(answer.expires_at);
  const endsAt = typeof end === 'string' ? Date.parse(end) : Number.NaN;
  const moved = {
    access_token: read(answer.access_token ?? 'access_token'),
    token_type: 'bearer',
    refresh_token: read(answer.refresh_token ?? 'refresh_token'),
    expires_in: Number.isNaN(endsAt)
      ? read(answer.expires_in ?? 'expires_in')
      : Math.max(0, Math.floor((endsAt - given.now) / 1000)),
    scope: read(answer.scope ?? 'scope'),
    user_name: read(answer.user_name),
  };
  return { status: 200, text: JSON.stringify(moved) };
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined; // The protocol's own reader says what is wrong with it.
  }
}
