import { ApiError, invalid } from '../errors.ts';
import { listAnswer, route } from '../objects.ts';
import type { Answer, Call, Route } from '../router.ts';
import type { Workspace } from '../workspace.ts';

/** What grants need of the rest. */
export interface GrantLookups {
  /** The owner of a securable, and what holds it, nearest first. @throws ApiError 404 when there is none of this name. */
  require(type: string, name: string): Promise<{ owner: string; above: { type: string; name: string }[] }>;
  hasPrincipal(name: string): boolean;
}

/** Privileges by principal. */
type Grants = Record<string, string[]>;

const PATH = '/api/2.1/unity-catalog';
const ALL = ['ALL_PRIVILEGES', 'MANAGE'];
/** What can be granted on each kind of securable; inherited privileges can be granted on what holds the object. */
const TABLE = ['SELECT', 'MODIFY', 'APPLY_TAG', 'REFRESH'];
const VOLUME = ['READ_VOLUME', 'WRITE_VOLUME'];
const SCHEMA = [
  'USE_SCHEMA',
  'CREATE_TABLE',
  'CREATE_FUNCTION',
  'CREATE_MATERIALIZED_VIEW',
  'CREATE_MODEL',
  'CREATE_VOLUME',
  'EXTERNAL_USE_SCHEMA',
  'EXECUTE',
  ...VOLUME,
  ...TABLE,
];
const PRIVILEGES: Record<string, string[]> = {
  metastore: [
    'CREATE_CATALOG',
    'CREATE_CONNECTION',
    'CREATE_EXTERNAL_LOCATION',
    'CREATE_STORAGE_CREDENTIAL',
    'CREATE_SHARE',
    'CREATE_RECIPIENT',
    'CREATE_PROVIDER',
    'CREATE_CLEAN_ROOM',
    'CREATE_SERVICE_CREDENTIAL',
    'MANAGE_ALLOWLIST',
    'SET_SHARE_PERMISSION',
    'USE_MARKETPLACE_ASSETS',
    'USE_CONNECTION',
    'USE_PROVIDER',
    'USE_RECIPIENT',
    'USE_SHARE',
  ],
  catalog: ['USE_CATALOG', 'BROWSE', 'CREATE_SCHEMA', ...SCHEMA],
  schema: SCHEMA,
  table: TABLE,
  volume: [...VOLUME, 'APPLY_TAG'],
  function: ['EXECUTE', 'APPLY_TAG'],
  registered_model: ['EXECUTE', 'APPLY_TAG'],
  external_location: [
    'READ_FILES',
    'WRITE_FILES',
    'CREATE_EXTERNAL_TABLE',
    'CREATE_EXTERNAL_VOLUME',
    'CREATE_MANAGED_STORAGE',
    'BROWSE',
  ],
  storage_credential: ['READ_FILES', 'WRITE_FILES', 'CREATE_EXTERNAL_TABLE', 'CREATE_EXTERNAL_LOCATION'],
  credential: ['ACCESS', 'CREATE_CONNECTION'],
  connection: ['USE_CONNECTION', 'CREATE_FOREIGN_CATALOG'],
};

/** Grants on Unity Catalog's securables: they are kept and reported, and bar nobody; `/__emulator/forbidden` does. */
export function grantRoutes(workspace: Workspace, lookups: GrantLookups): Route[] {
  const all = workspace.store.collection<Grants>('uc_grants');
  const find = async ({ params }: Call) => {
    const type = String(params.securable_type).toLowerCase();
    if (PRIVILEGES[type] === undefined)
      throw invalid(
        `'${params.securable_type}' is not a securable type. Known: ${Object.keys(PRIVILEGES).join(', ')}.`,
      );
    const name = type === 'metastore' ? String(params.full_name) : String(params.full_name).toLowerCase();
    const { above } = await lookups.require(type, name);
    return { type, name, above, grants: all.get(`${type}/${name}`) ?? {} };
  };
  const assignments = (grants: Grants, principal: unknown) =>
    Object.entries(grants)
      .filter(([name]) => principal === undefined || name === principal)
      .map(([name, privileges]) => ({ principal: name, privileges }));

  const change = async (call: Call): Promise<Answer> => {
    const { type, name, grants } = await find(call);
    const changes = (call.body.changes ?? []) as { principal?: string; add?: string[]; remove?: string[] }[];
    const fresh = structuredClone(grants);
    for (const [index, { principal, add = [], remove = [] }] of changes.entries()) {
      if (principal === undefined) throw invalid(`Missing required field: changes[${index}].principal`);
      if (!lookups.hasPrincipal(principal))
        throw new ApiError(404, 'PRINCIPAL_DOES_NOT_EXIST', `Could not find principal with name ${principal}`);
      const known = [...(PRIVILEGES[type] ?? []), ...ALL];
      const wrong = [...add, ...remove].find((privilege) => !known.includes(privilege));
      if (wrong !== undefined)
        throw invalid(
          `Privilege ${wrong} is not applicable to this entity [${name}:${type.toUpperCase()}]. Applicable: ${known.join(', ')}.`,
        );
      const taken = remove.includes('ALL_PRIVILEGES')
        ? []
        : (fresh[principal] ?? []).filter((item) => !remove.includes(item));
      fresh[principal] = [...new Set([...taken, ...add])].sort();
      if (fresh[principal].length === 0) delete fresh[principal];
    }
    all.put(`${type}/${name}`, fresh);
    if (call.body.omit_permissions_in_response === true) return {};
    return { json: { privilege_assignments: assignments(fresh, undefined) } };
  };

  const effective = async (call: Call) => {
    const { type, name, grants, above } = await find(call);
    const result = new Map<string, object[]>();
    const add = (from: Grants, inherited: object) => {
      for (const { principal, privileges } of assignments(from, call.query.principal))
        result.set(principal, [
          ...(result.get(principal) ?? []),
          ...privileges.map((privilege) => ({ privilege, ...inherited })),
        ]);
    };
    add(grants, {});
    for (const holder of above) {
      const theirs = all.get(`${holder.type}/${holder.name}`) ?? {};
      // only what means something on the object reaches it
      const fit = [...(PRIVILEGES[type] ?? []), ...ALL];
      const passed = Object.entries(theirs).map(([who, list]) => [
        who,
        list.filter((item) => fit.includes(item) || item.startsWith('USE_')),
      ]);
      add(Object.fromEntries(passed.filter(([, list]) => (list?.length ?? 0) > 0)) as Grants, {
        inherited_from_type: holder.type.toUpperCase(),
        inherited_from_name: holder.name,
      });
    }
    return { name, list: [...result].map(([principal, privileges]) => ({ principal, privileges })) };
  };

  const template = (kind: string) => `${PATH}/${kind}/{securable_type}/{full_name}`;
  return [
    route('GET', template('permissions'), async (call) => {
      const { grants, name } = await find(call);
      const options = { list: `grants ${name}`, size: 'max_results' };
      return listAnswer('privilege_assignments', assignments(grants, call.query.principal), call.query, options);
    }),
    route('PATCH', template('permissions'), change),
    route('GET', template('effective-permissions'), async (call) => {
      const { list, name } = await effective(call);
      return listAnswer('privilege_assignments', list, call.query, { list: `effective ${name}`, size: 'max_results' });
    }),
    route('GET', template('privilege-assignments'), async (call) => {
      const { grants, name } = await find(call);
      return listAnswer('privilege_assignments', assignments(grants, call.query.principal), call.query, {
        list: `grants ${name}`,
      });
    }),
    route('GET', template('effective-privilege-assignments'), async (call) => {
      const { list, name } = await effective(call);
      return listAnswer('effective_privilege_assignments', list, call.query, { list: `effective ${name}` });
    }),
  ];
}
