import { ApiError } from '../errors.ts';
import { listAnswer, requireObject, route } from '../objects.ts';
import type { Call, Route } from '../router.ts';
import { hexId, type Workspace } from '../workspace.ts';
import type { LakeviewDashboard } from './lakeview-dashboard.ts';

interface Item {
  dashboard_id: string;
  etag: string;
  create_time: string;
  update_time: string;
  [other: string]: unknown;
}

const SCHEDULES = '/api/2.0/lakeview/dashboards/{dashboard_id}/schedules';
const SUBSCRIPTIONS = `${SCHEDULES}/{schedule_id}/subscriptions`;

/** Schedules of dashboards and who subscribed to them; they are kept, and nothing is sent. */
export function lakeviewScheduleRoutes(workspace: Workspace, find: (id: unknown) => LakeviewDashboard): Route[] {
  const schedules = workspace.store.collection<Item>('lakeview_schedules');
  const subscriptions = workspace.store.collection<Item>('lakeview_subscriptions');
  const made = () => {
    const time = new Date(workspace.now()).toISOString();
    return { etag: hexId(16), create_time: time, update_time: time };
  };
  const scheduleOf = ({ params }: Call): Item => {
    find(params.dashboard_id);
    return requireObject(schedules, params.schedule_id, `Unable to find schedule [${params.schedule_id}]`);
  };
  const subscriptionOf = (call: Call): Item => {
    scheduleOf(call);
    const id = call.params.subscription_id;
    return requireObject(subscriptions, id, `Unable to find subscription [${id}]`);
  };
  const checkEtag = (item: Item, etag: unknown) => {
    if (etag !== undefined && etag !== item.etag)
      throw new ApiError(409, 'ABORTED', `The object has been modified: its etag is ${item.etag}, got ${etag}.`);
  };
  return [
    route('POST', SCHEDULES, ({ params, body }) => {
      const { dashboard_id, display_name } = find(params.dashboard_id);
      const schedule_id = `01f0${hexId(28)}`;
      const item = { display_name, pause_status: 'UNPAUSED', ...body, ...made(), schedule_id, dashboard_id };
      return { json: schedules.put(schedule_id, item) };
    }),
    route('GET', SCHEDULES, ({ params, query }) => {
      const { dashboard_id } = find(params.dashboard_id);
      const found = schedules.values().filter((item) => item.dashboard_id === dashboard_id);
      return listAnswer('schedules', found, query, { list: `schedules ${dashboard_id}` });
    }),
    route('GET', `${SCHEDULES}/{schedule_id}`, (call) => ({ json: scheduleOf(call) })),
    route('PUT', `${SCHEDULES}/{schedule_id}`, (call) => {
      const old = scheduleOf(call);
      checkEtag(old, call.body.etag);
      const { schedule_id, dashboard_id, create_time } = old;
      const item = { ...old, ...call.body, ...made(), schedule_id, dashboard_id, create_time };
      return { json: schedules.put(String(schedule_id), item) };
    }),
    route('DELETE', `${SCHEDULES}/{schedule_id}`, (call) => {
      const item = scheduleOf(call);
      checkEtag(item, call.query.etag);
      schedules.delete(String(item.schedule_id));
      return {};
    }),
    route('POST', SUBSCRIPTIONS, (call) => {
      const { schedule_id, dashboard_id } = scheduleOf(call);
      const subscription_id = `01f0${hexId(28)}`;
      const by = Number(call.identity.id);
      const item = { ...call.body, ...made(), subscription_id, schedule_id, dashboard_id, created_by_user_id: by };
      return { json: subscriptions.put(subscription_id, item) };
    }),
    route('GET', SUBSCRIPTIONS, (call) => {
      const { schedule_id } = scheduleOf(call);
      const found = subscriptions.values().filter((item) => item.schedule_id === schedule_id);
      return listAnswer('subscriptions', found, call.query, { list: `subscriptions ${schedule_id}` });
    }),
    route('GET', `${SUBSCRIPTIONS}/{subscription_id}`, (call) => ({ json: subscriptionOf(call) })),
    route('DELETE', `${SUBSCRIPTIONS}/{subscription_id}`, (call) => {
      const item = subscriptionOf(call);
      checkEtag(item, call.query.etag);
      subscriptions.delete(String(item.subscription_id));
      return {};
    }),
  ];
}
