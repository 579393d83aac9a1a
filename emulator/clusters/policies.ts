import { ApiError, invalid } from '../errors.ts';
import { isObject } from '../json.ts';
import { listAnswer, requireObject, route } from '../objects.ts';
import type { Route } from '../router.ts';
import { hexId, type Workspace } from '../workspace.ts';
import { FAMILIES, type PolicyFamily } from './policy-families.ts';

interface Policy {
  policy_id: string;
  name: string;
  /** JSON; of a policy of a family what the family says and the overrides change. */
  definition: string;
  policy_family_id?: string;
  policy_family_definition_overrides?: string;
  created_at_timestamp: number;
  creator_user_name: string;
  is_default: boolean;
  [other: string]: unknown;
}

/** One rule of a policy's definition. */
interface Rule {
  type?: string;
  value?: unknown;
  values?: unknown[];
  minValue?: number;
  maxValue?: number;
  pattern?: string;
  isOptional?: boolean;
}

/** Cluster policies, and what clusters need of them. */
export interface Policies {
  routes: Route[];
  has(id: string): boolean;
  /** How a cluster's configuration breaks its policy: a message for each path; empty for one without a policy. */
  violations(spec: Record<string, unknown>): Record<string, string>;
  /** Checks a cluster's configuration against its policy. @throws ApiError for an unknown policy, or a value that the policy does not allow. */
  check(spec: Record<string, unknown>): void;
}

const PATH = '/api/2.0/policies/clusters';

/** Opens cluster policies; "Personal Compute" is there from the start, as in every workspace. */
export function createPolicies(workspace: Workspace): Policies {
  const all = workspace.store.collection<Policy>('cluster_policies');
  const find = (id: unknown) => requireObject(all, id, `Can't find a cluster policy with id: ${id}.`);
  const complete = (body: Record<string, unknown>, own?: string): Omit<Policy, 'policy_id'> => {
    const { name, definition, policy_family_id, policy_family_definition_overrides } = body as Record<string, string>;
    if (!name) throw invalid('Missing required field: name');
    if (name.length > 100) throw invalid(`Policy name must have 1 to 100 characters; got ${name.length}.`);
    if (all.values().some((other) => other.name === name && other.policy_id !== own))
      throw new ApiError(400, 'INVALID_PARAMETER_VALUE', `A policy with the name '${name}' already exists.`);
    if (definition !== undefined && policy_family_id !== undefined)
      throw invalid(
        "'definition' and 'policy_family_id' cannot both be given; use 'policy_family_definition_overrides'.",
      );
    const family = policy_family_id === undefined ? undefined : requireFamily(policy_family_id);
    const rules = {
      ...(family === undefined ? {} : readDefinition(family.definition)),
      ...readDefinition(definition ?? policy_family_definition_overrides ?? '{}'),
    };
    return { ...body, name, definition: definition ?? JSON.stringify(rules) } as unknown as Policy;
  };
  const add = (body: Record<string, unknown>, by: string, isDefault: boolean): Policy => {
    const policy_id = hexId(16).toUpperCase();
    const made = { policy_id, created_at_timestamp: workspace.now(), creator_user_name: by, is_default: isDefault };
    return all.put(policy_id, { ...complete(body), ...made } as Policy);
  };
  if (all.size === 0)
    add({ name: 'Personal Compute', policy_family_id: 'personal-vm' }, workspace.admin.userName, true);

  return {
    has: (id) => all.has(id),
    violations(spec) {
      const policy = spec.policy_id === undefined ? undefined : all.get(String(spec.policy_id));
      const found: Record<string, string> = {};
      for (const [path, rule] of Object.entries(policy === undefined ? {} : readDefinition(policy.definition))) {
        try {
          checkRule(path, rule, valueAt(spec, path));
        } catch (error) {
          found[path] = (error as Error).message;
        }
      }
      return found;
    },
    check(spec) {
      if (spec.policy_id === undefined) return;
      const rules = readDefinition(find(spec.policy_id).definition);
      for (const [path, rule] of Object.entries(rules)) checkRule(path, rule, valueAt(spec, path));
    },
    routes: [
      route('POST', `${PATH}/create`, ({ body, identity }) => ({
        json: { policy_id: add(body, identity.userName, false).policy_id },
      })),
      route('POST', `${PATH}/edit`, ({ body }) => {
        const old = find(body.policy_id);
        const { created_at_timestamp, creator_user_name, is_default, policy_id } = old;
        all.put(policy_id, {
          ...complete(body, policy_id),
          policy_id,
          created_at_timestamp,
          creator_user_name,
          is_default,
        } as Policy);
        return {};
      }),
      route('POST', `${PATH}/delete`, ({ body }) => {
        all.delete(find(body.policy_id).policy_id);
        return {};
      }),
      route('GET', `${PATH}/get`, ({ query }) => ({ json: find(query.policy_id) })),
      route('GET', `${PATH}/list`, ({ query }) => {
        const policies = all.values();
        if (query.sort_column === 'POLICY_NAME') policies.sort((a, b) => a.name.localeCompare(b.name));
        else policies.sort((a, b) => a.created_at_timestamp - b.created_at_timestamp);
        if ((query.sort_order ?? 'DESC') === 'DESC') policies.reverse();
        return { json: { policies } };
      }),
      route('GET', '/api/2.0/policy-families', ({ query }) =>
        listAnswer('policy_families', FAMILIES, query, { list: 'policy families', size: 'max_results' }),
      ),
      route('GET', '/api/2.0/policy-families/{policy_family_id}', ({ params }) => ({
        json: requireFamily(String(params.policy_family_id)),
      })),
    ],
  };
}

function requireFamily(id: string): PolicyFamily {
  const family = FAMILIES.find((item) => item.policy_family_id === id);
  if (family === undefined)
    throw new ApiError(404, 'RESOURCE_DOES_NOT_EXIST', `Policy family with id ${id} does not exist.`);
  return family;
}

function readDefinition(text: string): Record<string, Rule> {
  try {
    const rules: unknown = JSON.parse(text);
    if (isObject(rules)) return rules as Record<string, Rule>;
  } catch {
    // refused below, with objects of other kinds
  }
  throw invalid(`Policy definition is not valid JSON: expected an object, got '${text.slice(0, 60)}'.`);
}

// `spark_conf.spark.speculation` is one key inside spark_conf
function valueAt(spec: Record<string, unknown>, path: string): unknown {
  if (path in spec) return spec[path];
  const [top = '', rest] = [path.split('.')[0], path.slice(path.indexOf('.') + 1)];
  const inner = spec[top];
  return path.includes('.') && isObject(inner) ? valueAt(inner, rest) : undefined;
}

function checkRule(path: string, rule: Rule, value: unknown): void {
  const refuse = (expected: string) =>
    invalid(`Validation failed for ${path}, the value ${expected} (is ${JSON.stringify(value)})`);
  if (rule.type === 'forbidden' && value !== undefined)
    throw invalid(`Validation failed for ${path}, the value must not be present`);
  // a value that is left out takes the policy's
  if (value === undefined) return;
  if (rule.type === 'fixed' && String(value) !== String(rule.value)) throw refuse(`must be ${rule.value}`);
  if (rule.type === 'allowlist' && !rule.values?.some((item) => String(item) === String(value)))
    throw refuse(`must be one of ${rule.values?.join(', ')}`);
  if (rule.type === 'blocklist' && rule.values?.some((item) => String(item) === String(value)))
    throw refuse(`must not be one of ${rule.values?.join(', ')}`);
  if (rule.type === 'regex' && !new RegExp(`^(?:${rule.pattern ?? '.*'})$`).test(String(value)))
    throw refuse(`must match ${rule.pattern}`);
  if (rule.type !== 'range') return;
  if (rule.minValue !== undefined && Number(value) < rule.minValue) throw refuse(`must be at least ${rule.minValue}`);
  if (rule.maxValue !== undefined && Number(value) > rule.maxValue) throw refuse(`must be at most ${rule.maxValue}`);
}
