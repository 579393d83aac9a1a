import { ApiError, invalid } from '../errors.ts';
import { createCounter, requireObject, route } from '../objects.ts';
import type { Route } from '../router.ts';
import type { Store } from '../store.ts';

interface Credential {
  credential_id: number;
  git_provider: string;
  git_username?: string;
  git_email?: string;
  name?: string;
  is_default_for_provider?: boolean;
}

const PATH = '/api/2.0/git-credentials';
const FIRST_ID = 7_000_000_000_000_001;

/** Git credentials; their tokens are not kept. */
export function gitCredentialRoutes(store: Store): Route[] {
  const all = store.collection<Credential>('git_credentials');
  const nextId = createCounter(store, 'git_credentials', FIRST_ID);
  const find = (id: unknown) => requireObject(all, id, `Git credential with id ${id} does not exist.`);
  const kept = (body: Record<string, unknown>): Omit<Credential, 'credential_id'> => {
    const { personal_access_token: _token, principal_id: _principal, ...facts } = body;
    return facts as unknown as Credential;
  };
  return [
    route('POST', PATH, ({ body }) => {
      const facts = kept(body);
      const taken = all.values().some((item) => item.git_provider === facts.git_provider && item.name === facts.name);
      if (taken)
        throw new ApiError(
          400,
          'RESOURCE_ALREADY_EXISTS',
          `A Git credential for ${facts.git_provider} has already been configured; update it instead.`,
        );
      if (
        body.personal_access_token === undefined &&
        facts.git_provider !== 'gitHub' &&
        facts.git_provider !== 'gitLab'
      )
        throw invalid('Missing required field: personal_access_token');
      const credential_id = nextId();
      return { json: all.put(String(credential_id), { is_default_for_provider: true, ...facts, credential_id }) };
    }),
    route('GET', PATH, () => ({ json: { credentials: all.values() } })),
    route('GET', `${PATH}/{credential_id}`, ({ params }) => ({ json: find(params.credential_id) })),
    route('PATCH', `${PATH}/{credential_id}`, ({ params, body }) => {
      const old = find(params.credential_id);
      all.put(String(old.credential_id), { ...old, ...kept(body) });
      return {};
    }),
    route('DELETE', `${PATH}/{credential_id}`, ({ params }) => {
      all.delete(String(find(params.credential_id).credential_id));
      return {};
    }),
  ];
}
