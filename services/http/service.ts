import { effectOfMethod } from '../../actions/effect.ts';
import { freeRequest } from '../../actions/http-request.ts';
import type { Effect } from '../../connector/manifest.ts';
import type { Service } from '../../connector/service.ts';

/** Any API that has no connector of its own. */
export const http: Service = Object.freeze({
  actions: { 'http.request': { advance: freeRequest({ within: allowedPaths }) } },
  effectOf,
} satisfies Service);

/** The paths that an administrator allowed for the account, which are separated by spaces. */
function allowedPaths(account: unknown): readonly string[] | undefined {
  const { allowed_paths: given } = account as { allowed_paths?: string };
  return given?.split(' ').filter((path) => path !== '');
}

/** With a key, the service itself recognizes a repeated request. */
function effectOf(_id: string, input: unknown): Effect {
  const { method, idempotency_key_header: key } = input as { method?: string; idempotency_key_header?: string };
  const usual = effectOfMethod(method);
  return usual === 'once' && key !== undefined ? 'token' : usual;
}
