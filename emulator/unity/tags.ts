import { ApiError, invalid } from '../errors.ts';
import { listAnswer, masked, requireObject, route } from '../objects.ts';
import type { Call, Route } from '../router.ts';
import type { Workspace } from '../workspace.ts';

interface Tag {
  entity_type: string;
  entity_name: string;
  tag_key: string;
  tag_value?: string;
}

interface TagPolicy {
  tag_key: string;
  id: string;
  [other: string]: unknown;
}

interface Allowlist {
  artifact_matchers: object[];
  created_at: number;
  created_by: string;
}

const TAGS = '/api/2.1/unity-catalog/entity-tag-assignments';
const POLICIES = '/api/2.1/tag-policies';
const ALLOWLISTS = '/api/2.1/unity-catalog/artifact-allowlists/{artifact_type}';

/** Tags of Unity Catalog's objects, the policies that bound their values, and the lists of libraries that shared clusters may use. */
export function tagRoutes(workspace: Workspace): Route[] {
  const tags = workspace.store.collection<Tag>('uc_tags');
  const policies = workspace.store.collection<TagPolicy>('tag_policies');
  const allowlists = workspace.store.collection<Allowlist>('artifact_allowlists');
  const keyOf = (tag: Pick<Tag, 'entity_type' | 'entity_name' | 'tag_key'>) =>
    `${tag.entity_type}/${tag.entity_name}/${tag.tag_key}`;
  const find = ({ params }: Call): Tag => {
    const key = keyOf(params as unknown as Tag);
    return requireObject(tags, key, `Tag assignment '${key}' does not exist.`);
  };
  const check = (tag: Tag) => {
    const allowed = (policies.get(tag.tag_key)?.values as { name: string }[] | undefined) ?? [];
    if (allowed.length > 0 && !allowed.some((value) => value.name === tag.tag_value))
      throw invalid(
        `Tag value '${tag.tag_value ?? ''}' is not allowed by the policy of '${tag.tag_key}': ${allowed.map((value) => value.name).join(', ')}.`,
      );
  };
  const findPolicy = (key: unknown) => requireObject(policies, key, `Tag policy '${key}' does not exist.`);
  return [
    route('POST', TAGS, ({ body }) => {
      const tag = body as unknown as Tag;
      if (tags.has(keyOf(tag)))
        throw new ApiError(409, 'ALREADY_EXISTS', `Tag assignment '${keyOf(tag)}' already exists.`);
      check(tag);
      return { json: tags.put(keyOf(tag), tag) };
    }),
    route('GET', `${TAGS}/{entity_type}/{entity_name}/tags`, ({ params, query }) => {
      const prefix = `${params.entity_type}/${params.entity_name}/`;
      const found = tags
        .keys()
        .filter((key) => key.startsWith(prefix))
        .map((key) => tags.get(key) as Tag);
      return listAnswer('tag_assignments', found, query, { list: `tags ${prefix}`, size: 'max_results' });
    }),
    route('GET', `${TAGS}/{entity_type}/{entity_name}/tags/{tag_key}`, (call) => ({ json: find(call) })),
    route('PATCH', `${TAGS}/{entity_type}/{entity_name}/tags/{tag_key}`, (call) => {
      const changed = masked(find(call), call.body, call.query.update_mask);
      check(changed);
      return { json: tags.put(keyOf(changed), changed) };
    }),
    route('DELETE', `${TAGS}/{entity_type}/{entity_name}/tags/{tag_key}`, (call) => {
      tags.delete(keyOf(find(call)));
      return {};
    }),
    route('POST', POLICIES, ({ body }) => {
      const key = String(body.tag_key);
      if (policies.has(key)) throw new ApiError(409, 'ALREADY_EXISTS', `Tag policy '${key}' already exists.`);
      const time = new Date(workspace.now()).toISOString();
      return {
        json: policies.put(key, {
          ...body,
          tag_key: key,
          id: crypto.randomUUID(),
          create_time: time,
          update_time: time,
        }),
      };
    }),
    route('GET', POLICIES, ({ query }) =>
      listAnswer('tag_policies', policies.values(), query, { list: 'tag policies' }),
    ),
    route('GET', `${POLICIES}/{tag_key}`, ({ params }) => ({ json: findPolicy(params.tag_key) })),
    route('PATCH', `${POLICIES}/{tag_key}`, ({ params, query, body }) => {
      const old = findPolicy(params.tag_key);
      const changed = masked(old, body, query.update_mask);
      const time = new Date(workspace.now()).toISOString();
      return { json: policies.put(old.tag_key, { ...changed, tag_key: old.tag_key, id: old.id, update_time: time }) };
    }),
    route('DELETE', `${POLICIES}/{tag_key}`, ({ params }) => {
      policies.delete(findPolicy(params.tag_key).tag_key);
      return {};
    }),
    route('GET', ALLOWLISTS, ({ params }) => {
      const list = allowlists.get(String(params.artifact_type));
      return { json: { metastore_id: workspace.accountId, artifact_matchers: [], ...list } };
    }),
    route('PUT', ALLOWLISTS, ({ params, body, identity }) => {
      const made = { created_at: workspace.now(), created_by: identity.userName };
      const list = { artifact_matchers: body.artifact_matchers as object[], ...made };
      return { json: { metastore_id: workspace.accountId, ...allowlists.put(String(params.artifact_type), list) } };
    }),
  ];
}
