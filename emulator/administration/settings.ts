import { ApiError, invalid } from '../errors.ts';
import { masked, route } from '../objects.ts';
import type { Call, Route } from '../router.ts';
import { hexId, type Workspace } from '../workspace.ts';

interface Kind {
  /** What a workspace has at first; undefined: the setting is not there until it is set. */
  initial?: Record<string, unknown>;
  /** Settings of the newer kind have no etag and cannot be deleted. */
  hasEtag: boolean;
  canDelete: boolean;
}

interface Setting {
  etag: string;
  value: Record<string, unknown>;
}

const PATH = '/api/2.0/settings/types';

const restart = { enabled: false, can_toggle: true, enablement_details: { forced_for_compliance_mode: false } };
/** Settings of the workspace by type, in the path of the API. */
const KINDS: Record<string, Kind> = {
  automatic_cluster_update: {
    initial: { automatic_cluster_update_workspace: restart },
    hasEtag: true,
    canDelete: false,
  },
  shield_csp_enablement_ws_db: {
    initial: { compliance_security_profile_workspace: { is_enabled: false, compliance_standards: [] } },
    hasEtag: true,
    canDelete: false,
  },
  shield_esm_enablement_ws_db: {
    initial: { enhanced_security_monitoring_workspace: { is_enabled: false } },
    hasEtag: true,
    canDelete: false,
  },
  default_namespace_ws: { hasEtag: true, canDelete: true },
  default_warehouse_id: { hasEtag: true, canDelete: true },
  restrict_workspace_admins: {
    initial: { restrict_workspace_admins: { status: 'ALLOW_ALL' } },
    hasEtag: true,
    canDelete: true,
  },
  disable_legacy_access: { hasEtag: true, canDelete: true },
  disable_legacy_dbfs: { hasEtag: true, canDelete: true },
  dashboard_email_subscriptions: { initial: { boolean_val: { value: true } }, hasEtag: true, canDelete: true },
  sql_results_download: { initial: { boolean_val: { value: true } }, hasEtag: true, canDelete: true },
  llm_proxy_partner_powered: { initial: { boolean_val: { value: true } }, hasEtag: true, canDelete: true },
  aibi_dash_embed_ws_acc_policy: {
    initial: { aibi_dashboard_embedding_access_policy: { access_policy_type: 'ALLOW_APPROVED_DOMAINS' } },
    hasEtag: true,
    canDelete: true,
  },
  aibi_dash_embed_ws_apprvd_domains: {
    initial: { aibi_dashboard_embedding_approved_domains: { approved_domains: [] } },
    hasEtag: true,
    canDelete: true,
  },
  'enable-export-notebook': { initial: { boolean_val: { value: true } }, hasEtag: false, canDelete: false },
  'enable-notebook-table-clipboard': { initial: { boolean_val: { value: true } }, hasEtag: false, canDelete: false },
  'enable-results-downloading': { initial: { boolean_val: { value: true } }, hasEtag: false, canDelete: false },
};

/** Settings of a workspace, each with an etag that updates and deletions must name; they are kept and change nothing else. */
export function settingRoutes(workspace: Workspace): Route[] {
  const all = workspace.store.collection<Setting>('workspace_settings');
  const newEtag = () => Buffer.from(hexId(32), 'hex').toString('base64');
  const current = (type: string): Setting => {
    const kept = all.get(type);
    return kept ?? all.put(type, { etag: newEtag(), value: KINDS[type]?.initial ?? {} });
  };
  const describe = (type: string, { etag, value }: Setting) => ({
    setting_name: 'default',
    ...(KINDS[type]?.hasEtag === true ? { etag } : {}),
    ...value,
  });
  // the error carries the etag that the next request must have
  const refuse = (status: number, code: string, message: string, etag: string) =>
    new ApiError(status, code, message, {
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
          reason: code,
          domain: 'settings.databricks.com',
          metadata: { etag },
        },
      ],
    });
  const checkEtag = (given: unknown, { etag }: Setting) => {
    if (given === undefined || given === '')
      throw refuse(409, 'RESOURCE_CONFLICT', 'Setting etag was not provided.', etag);
    if (given !== etag)
      throw refuse(409, 'RESOURCE_CONFLICT', 'The etag provided does not match the current one.', etag);
  };

  const routesOf = (type: string, kind: Kind): Route[] => {
    const template = `${PATH}/${type}/names/default`;
    const isSet = (setting: Setting) => Object.keys(setting.value).length > 0;
    const update = ({ body }: Call) => {
      const setting = current(type);
      const given = (body.setting ?? {}) as Record<string, unknown>;
      const { etag, setting_name: _name, ...value } = given;
      if (body.allow_missing !== true) throw invalid("'allow_missing' must be true.");
      if (kind.hasEtag && (isSet(setting) || etag !== undefined)) checkEtag(etag, setting);
      const fresh = { etag: newEtag(), value: masked(setting.value, value, body.field_mask) };
      return { json: describe(type, all.put(type, fresh)) };
    };
    const get = () => {
      const setting = current(type);
      if (!isSet(setting))
        throw refuse(404, 'NOT_FOUND', `Setting ${type} has not been set for this workspace.`, setting.etag);
      return { json: describe(type, setting) };
    };
    const remove = ({ query }: Call) => {
      checkEtag(query.etag, current(type));
      const fresh = all.put(type, { etag: newEtag(), value: kind.initial ?? {} });
      return { json: { etag: fresh.etag } };
    };
    return [
      route('GET', template, get),
      route('PATCH', template, update),
      ...(kind.canDelete ? [route('DELETE', template, remove)] : []),
    ];
  };
  return Object.entries(KINDS).flatMap(([type, kind]) => routesOf(type, kind));
}
