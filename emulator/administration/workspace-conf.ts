import { invalid } from '../errors.ts';
import { route } from '../objects.ts';
import type { Route } from '../router.ts';
import type { Store } from '../store.ts';

const PATH = '/api/2.0/workspace-conf';

/** Settings that a workspace has at first; the API knows no others. */
const DEFAULTS: Record<string, string | null> = {
  enableTokensConfig: 'true',
  maxTokenLifetimeDays: '730',
  enableIpAccessLists: 'false',
  enableWebTerminal: 'false',
  enableResultsDownloading: 'true',
  enableExportNotebook: 'true',
  enableNotebookTableClipboard: 'true',
  enableDbfsFileBrowser: 'false',
  enableDcs: 'false',
  enableWorkspaceFilesystem: 'true',
  enableProjectTypeInWorkspace: 'true',
  enableProjectsAllowList: 'false',
  projectsAllowListPermissions: 'DISABLED',
  projectsAllowList: '',
  enableDeprecatedGlobalInitScripts: 'false',
  storeInteractiveNotebookResultsInCustomerAccount: 'false',
  enableVerboseAuditLogs: 'false',
  enableJobViewAcls: 'true',
  enableHlsRuntime: null,
  mlflowRunArtifactDownloadEnabled: 'true',
};

/** Workspace configuration: texts by key; an unknown key is refused. */
export function workspaceConfRoutes(store: Store): Route[] {
  const all = store.collection<string | null>('workspace_conf');
  const check = (key: string) => {
    if (!(key in DEFAULTS)) throw invalid(`Invalid keys: ["${key}"]`);
  };
  return [
    route('GET', PATH, ({ query }) => {
      const keys = String(query.keys ?? '')
        .split(',')
        .filter((key) => key !== '');
      if (keys.length === 0) throw invalid('Missing required query parameter: keys');
      for (const key of keys) check(key);
      return { json: Object.fromEntries(keys.map((key) => [key, all.get(key) ?? DEFAULTS[key] ?? null])) };
    }),
    route('PATCH', PATH, ({ body }) => {
      for (const [key, value] of Object.entries(body)) {
        check(key);
        if (typeof value !== 'string')
          throw invalid(`The value of '${key}' must be a text, such as "true"; got ${JSON.stringify(value)}.`);
      }
      for (const [key, value] of Object.entries(body)) all.put(key, String(value));
      return { status: 204, empty: true };
    }),
  ];
}
