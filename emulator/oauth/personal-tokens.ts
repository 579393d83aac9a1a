import { createHash, randomBytes } from 'node:crypto';
import { ApiError, invalid } from '../errors.ts';
import type { Route } from '../router.ts';
import type { Identity } from '../tokens.ts';
import type { Workspace } from '../workspace.ts';
import { isSame } from './clients.ts';

interface PersonalToken {
  token_id: string;
  owner: string;
  comment: string;
  creation_time: number;
  /** Epoch milliseconds; -1 never. */
  expiry_time: number;
  /** Who made it for its owner, when that was another. */
  created_by?: string;
}

const MANAGEMENT = '/api/2.0/token-management/tokens';

/** Personal access tokens: the one from the options, and those made through the Token API. */
export interface PersonalTokens {
  routes: Route[];
  /** The SCIM id of a token's owner, or undefined for a token that is not known or has expired. */
  ownerOf(token: string): string | undefined;
}

/** Opens the personal access tokens of a workspace; only their hashes are kept. */
export function createPersonalTokens(
  workspace: Workspace,
  first: string,
  identity: (id: string) => Identity | undefined,
  principalOf: (applicationId: string) => Identity | undefined,
): PersonalTokens {
  const all = workspace.store.collection<PersonalToken>('personal_tokens');
  const hash = (token: string) => createHash('sha256').update(token).digest('hex');
  const describe = ({ owner: _owner, created_by: _by, ...facts }: PersonalToken) => facts;
  const manage = ({ owner, ...facts }: PersonalToken) => ({
    ...facts,
    owner_id: Number(owner),
    created_by_id: Number(facts.created_by ?? owner),
    created_by_username: identity(facts.created_by ?? owner)?.userName ?? '',
    created_by: undefined,
    workspace_id: Number(workspace.id),
  });
  const keyOf = (id: unknown): string => {
    const key = all.keys().find((item) => all.get(item)?.token_id === id);
    if (key === undefined) throw new ApiError(404, 'RESOURCE_DOES_NOT_EXIST', `Token with id ${id} does not exist.`);
    return key;
  };
  const make = (owner: string, by: string, body: Record<string, unknown>) => {
    const token = `dapi${randomBytes(16).toString('hex')}`;
    const now = workspace.now();
    const lifetime = body.lifetime_seconds as number | undefined;
    if (lifetime !== undefined && lifetime <= 0)
      throw invalid(`'lifetime_seconds' must be more than 0; got ${lifetime}.`);
    const facts: PersonalToken = {
      token_id: hash(token).slice(0, 64),
      owner,
      comment: String(body.comment ?? ''),
      creation_time: now,
      expiry_time: lifetime === undefined ? -1 : now + lifetime * 1000,
      ...(by === owner ? {} : { created_by: by }),
    };
    all.put(hash(token), facts);
    return { token, facts };
  };
  const ownedBy = (identity: Identity) => all.values().filter((token) => token.owner === identity.id);
  return {
    ownerOf(token) {
      if (isSame(token, first)) return workspace.admin.id;
      const found = all.get(hash(token));
      const expired = found !== undefined && found.expiry_time >= 0 && workspace.now() >= found.expiry_time;
      return expired ? undefined : found?.owner;
    },
    routes: [
      {
        method: 'POST',
        template: '/api/2.0/token/create',
        handle: ({ body, identity }) => {
          const { token, facts } = make(identity.id, identity.id, body);
          return { json: { token_value: token, token_info: describe(facts) } };
        },
      },
      {
        method: 'GET',
        template: '/api/2.0/token/list',
        handle: ({ identity }) => ({ json: { token_infos: ownedBy(identity).map(describe) } }),
      },
      {
        method: 'POST',
        template: '/api/2.0/token/delete',
        handle: ({ body, identity }) => {
          const key = all
            .keys()
            .find((item) => all.get(item)?.token_id === body.token_id && all.get(item)?.owner === identity.id);
          if (key === undefined)
            throw new ApiError(404, 'RESOURCE_DOES_NOT_EXIST', `Token ${body.token_id} does not exist.`);
          all.delete(key);
          return {};
        },
      },
      {
        method: 'GET',
        template: MANAGEMENT,
        handle: ({ query }) => {
          const shown = all
            .values()
            .map(manage)
            .filter(
              (item) => query.created_by_id === undefined || String(item.created_by_id) === String(query.created_by_id),
            )
            .filter(
              (item) =>
                query.created_by_username === undefined || item.created_by_username === query.created_by_username,
            );
          return { json: { token_infos: shown } };
        },
      },
      {
        method: 'GET',
        template: `${MANAGEMENT}/{token_id}`,
        handle: ({ params }) => ({ json: { token_info: manage(all.get(keyOf(params.token_id)) as PersonalToken) } }),
      },
      {
        method: 'DELETE',
        template: `${MANAGEMENT}/{token_id}`,
        handle: ({ params }) => {
          all.delete(keyOf(params.token_id));
          return {};
        },
      },
      {
        method: 'POST',
        template: '/api/2.0/token-management/on-behalf-of/tokens',
        handle: ({ body, identity: caller }) => {
          const owner = principalOf(String(body.application_id));
          if (owner === undefined)
            throw new ApiError(
              404,
              'RESOURCE_DOES_NOT_EXIST',
              `Service principal ${body.application_id} does not exist.`,
            );
          const { token, facts } = make(owner.id, caller.id, body);
          return { json: { token_value: token, token_info: manage(facts) } };
        },
      },
    ],
  };
}
