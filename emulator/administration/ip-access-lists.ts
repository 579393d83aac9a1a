import { randomUUID } from 'node:crypto';
import { isIP } from 'node:net';
import { ApiError, invalid } from '../errors.ts';
import { requireObject, route } from '../objects.ts';
import type { Call, Route } from '../router.ts';
import type { Workspace } from '../workspace.ts';

interface List {
  list_id: string;
  label: string;
  list_type: 'ALLOW' | 'BLOCK';
  ip_addresses: string[];
  enabled: boolean;
  created_at: number;
  created_by: number;
  [other: string]: unknown;
}

const PATH = '/api/2.0/ip-access-lists';

/** IP access lists; they are kept, and bar nobody. */
export function ipAccessListRoutes(workspace: Workspace): Route[] {
  const all = workspace.store.collection<List>('ip_access_lists');
  const find = (id: unknown) => requireObject(all, id, `IP access list ${id} does not exist.`);
  const check = (list: List): List => {
    for (const address of list.ip_addresses) {
      const [ip = '', bits, ...more] = address.split('/');
      const size = isIP(ip) === 6 ? 128 : 32;
      const isGood =
        isIP(ip) !== 0 && more.length === 0 && (bits === undefined || (/^\d+$/.test(bits) && Number(bits) <= size));
      if (!isGood) throw invalid(`'${address}' is not a valid IP address or CIDR range.`);
    }
    if (all.values().some((other) => other.label === list.label && other.list_id !== list.list_id))
      throw new ApiError(
        400,
        'RESOURCE_ALREADY_EXISTS',
        `An IP access list with the label '${list.label}' already exists.`,
      );
    return { ...list, address_count: list.ip_addresses.length };
  };
  const change = ({ params, body, identity }: Call): List => {
    const old = find(params.ip_access_list_id);
    const changed = { ...old, ...body, updated_at: workspace.now(), updated_by: Number(identity.id) } as List;
    return all.put(old.list_id, check(changed));
  };
  return [
    route('POST', PATH, ({ body, identity }) => {
      const list_id = randomUUID();
      const [now, by] = [workspace.now(), Number(identity.id)];
      const made = { list_id, enabled: true, created_at: now, created_by: by, updated_at: now, updated_by: by };
      const list = check({ ip_addresses: [], ...body, ...made } as unknown as List);
      return { json: { ip_access_list: all.put(list_id, list) } };
    }),
    route('GET', PATH, () => ({ json: { ip_access_lists: all.values() } })),
    route('GET', `${PATH}/{ip_access_list_id}`, ({ params }) => ({
      json: { ip_access_list: find(params.ip_access_list_id) },
    })),
    route('PUT', `${PATH}/{ip_access_list_id}`, (call) => {
      change(call);
      return {};
    }),
    route('PATCH', `${PATH}/{ip_access_list_id}`, (call) => {
      change(call);
      return {};
    }),
    route('DELETE', `${PATH}/{ip_access_list_id}`, ({ params }) => {
      all.delete(find(params.ip_access_list_id).list_id);
      return {};
    }),
  ];
}
