import { ApiError, invalid } from '../errors.ts';
import { isObject } from '../json.ts';
import { listAnswer, requireObject, route } from '../objects.ts';
import type { Call, Route } from '../router.ts';
import { hexId, type Workspace } from '../workspace.ts';
import type { LakeviewDashboard } from './lakeview-dashboard.ts';
import { lakeviewScheduleRoutes } from './lakeview-schedules.ts';

interface Published {
  display_name: string;
  embed_credentials: boolean;
  revision_create_time: string;
  warehouse_id?: string;
  /** What `revert` goes back to. */
  draft: string;
}

const PATH = '/api/2.0/lakeview/dashboards';

/** Dashboards: drafts with etags, their published version, schedules and subscriptions. */
export function lakeviewRoutes(workspace: Workspace): Route[] {
  const all = workspace.store.collection<LakeviewDashboard>('lakeview');
  const published = workspace.store.collection<Published>('lakeview_published');
  const time = () => new Date(workspace.now()).toISOString();
  const find = (id: unknown) => requireObject(all, id, `Unable to find dashboard [${id}]`);
  const findPublished = (id: unknown) => requireObject(published, id, `Unable to find published dashboard [${id}]`);
  const describe = ({ draft: _draft, ...facts }: Published) => facts;
  const nextEtag = (etag: string) => String(Number(etag) + 1);

  const create = ({ body, query, identity }: Call): LakeviewDashboard => {
    const name = String(body.display_name ?? 'New Dashboard');
    const parent_path = String(body.parent_path ?? `/Users/${identity.userName}`).replace(/^\/Workspace(?=\/)/, '');
    const path = `${parent_path}/${name}.lvdash.json`;
    if (all.values().some((item) => item.path === path && item.lifecycle_state === 'ACTIVE'))
      throw new ApiError(409, 'ALREADY_EXISTS', `Node named '${name}.lvdash.json' already exists`);
    const dashboard_id = `01f0${hexId(28)}`;
    return all.put(dashboard_id, {
      dashboard_id,
      display_name: name,
      parent_path,
      path,
      etag: '80611980',
      lifecycle_state: 'ACTIVE',
      serialized_dashboard: serialized(body.serialized_dashboard ?? '{}', query),
      create_time: time(),
      update_time: time(),
      ...(body.warehouse_id === undefined ? {} : { warehouse_id: String(body.warehouse_id) }),
    });
  };

  return [
    ...lakeviewScheduleRoutes(workspace, find),
    route('POST', PATH, (call) => ({ json: create(call) })),
    route('GET', PATH, ({ query }) => {
      const shown = all.values().filter((item) => query.show_trashed === true || item.lifecycle_state === 'ACTIVE');
      // lists leave out what can be large
      const brief = shown.map(({ serialized_dashboard: _text, ...item }) => item);
      return listAnswer('dashboards', brief, query, { list: `lakeview ${query.show_trashed}` });
    }),
    route('GET', `${PATH}/{dashboard_id}`, ({ params }) => ({ json: find(params.dashboard_id) })),
    route('PATCH', `${PATH}/{dashboard_id}`, ({ params, query, body }) => {
      const old = find(params.dashboard_id);
      if (body.etag !== undefined && body.etag !== old.etag)
        throw new ApiError(
          409,
          'ABORTED',
          `The dashboard has been modified: its etag is ${old.etag}, got ${body.etag}.`,
        );
      const name = String(body.display_name ?? old.display_name);
      const changed: LakeviewDashboard = {
        ...old,
        display_name: name,
        path: `${old.parent_path}/${name}.lvdash.json`,
        etag: nextEtag(old.etag),
        update_time: time(),
        ...(body.serialized_dashboard === undefined
          ? {}
          : { serialized_dashboard: serialized(body.serialized_dashboard, query) }),
        ...(body.warehouse_id === undefined ? {} : { warehouse_id: String(body.warehouse_id) }),
      };
      return { json: all.put(old.dashboard_id, changed) };
    }),
    route('DELETE', `${PATH}/{dashboard_id}`, ({ params }) => {
      const old = find(params.dashboard_id);
      all.put(old.dashboard_id, { ...old, lifecycle_state: 'TRASHED', update_time: time() });
      published.delete(old.dashboard_id);
      return {};
    }),
    route('POST', `${PATH}/{dashboard_id}/published`, ({ params, body }) => {
      const { dashboard_id, display_name, serialized_dashboard, ...dashboard } = find(params.dashboard_id);
      const warehouse = (body.warehouse_id as string | undefined) ?? dashboard.warehouse_id;
      const version = published.put(dashboard_id, {
        display_name,
        embed_credentials: body.embed_credentials !== false,
        revision_create_time: time(),
        draft: serialized_dashboard,
        ...(warehouse === undefined ? {} : { warehouse_id: warehouse }),
      });
      return { json: describe(version) };
    }),
    route('GET', `${PATH}/{dashboard_id}/published`, ({ params }) => {
      find(params.dashboard_id);
      return { json: describe(findPublished(params.dashboard_id)) };
    }),
    route('DELETE', `${PATH}/{dashboard_id}/published`, ({ params }) => {
      find(params.dashboard_id);
      findPublished(params.dashboard_id);
      published.delete(String(params.dashboard_id));
      return {};
    }),
    route('POST', `${PATH}/{dashboard_id}/revert`, ({ params }) => {
      const old = find(params.dashboard_id);
      const { draft } = findPublished(params.dashboard_id);
      all.put(old.dashboard_id, { ...old, serialized_dashboard: draft, etag: nextEtag(old.etag), update_time: time() });
      return { json: { etag: nextEtag(old.etag) } };
    }),
  ];
}

// the service adds the type of pages and ends the text with a line break
function serialized(text: unknown, query: Record<string, unknown>): string {
  let content: unknown;
  try {
    content = JSON.parse(String(text));
  } catch {
    throw invalid("'serialized_dashboard' is not valid JSON.");
  }
  if (!isObject(content)) throw invalid("'serialized_dashboard' must be a JSON object.");
  const { pages, datasets } = content;
  if (Array.isArray(pages))
    content.pages = pages.map((page) => ({ ...(page as object), pageType: 'PAGE_TYPE_CANVAS' }));
  const place = {
    ...(query.dataset_catalog === undefined ? {} : { catalog: query.dataset_catalog }),
    ...(query.dataset_schema === undefined ? {} : { schema: query.dataset_schema }),
  };
  if (Array.isArray(datasets)) content.datasets = datasets.map((item) => ({ ...(item as object), ...place }));
  return `${JSON.stringify(content)}\n`;
}
