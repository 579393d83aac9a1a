import { createHash, randomBytes } from 'node:crypto';
import { ApiError } from '../errors.ts';
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
}

/** Personal access tokens: the one from the options, and those made through the Token API. */
export interface PersonalTokens {
  routes: Route[];
  /** The SCIM id of a token's owner, or undefined for a token that is not known or has expired. */
  ownerOf(token: string): string | undefined;
}

/** Opens the personal access tokens of a workspace; only their hashes are kept. */
export function createPersonalTokens(workspace: Workspace, first: string): PersonalTokens {
  const all = workspace.store.collection<PersonalToken>('personal_tokens');
  const hash = (token: string) => createHash('sha256').update(token).digest('hex');
  const describe = ({ owner: _owner, ...facts }: PersonalToken) => facts;
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
          const token = `dapi${randomBytes(16).toString('hex')}`;
          const now = workspace.now();
          const lifetime = body.lifetime_seconds as number | undefined;
          const facts = {
            token_id: hash(token).slice(0, 32),
            owner: identity.id,
            comment: String(body.comment ?? ''),
            creation_time: now,
            expiry_time: lifetime === undefined ? -1 : now + lifetime * 1000,
          };
          all.put(hash(token), facts);
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
    ],
  };
}
