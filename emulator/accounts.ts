import { ApiError } from './errors.ts';
import type { Route } from './router.ts';
import type { Workspace } from './workspace.ts';

/** Account-level API: the account's one workspace. */
export function accountRoutes(workspace: Workspace): Route[] {
  const describe = () => ({
    account_id: workspace.accountId,
    workspace_id: Number(workspace.id),
    workspace_name: 'emulator',
    deployment_name: 'emulator',
    workspace_status: 'RUNNING',
    workspace_status_message: 'Workspace is running.',
    aws_region: 'us-west-2',
    cloud: 'aws',
    pricing_tier: 'ENTERPRISE',
    creation_time: 1_767_225_600_000,
  });
  const requireAccount = (id: unknown) => {
    if (id !== workspace.accountId) throw new ApiError(404, 'NOT_FOUND', `Account ${id} was not found.`);
  };
  return [
    {
      method: 'GET',
      template: '/api/2.0/accounts/{account_id}/workspaces',
      handle: ({ params }) => {
        requireAccount(params.account_id);
        return { json: [describe()] };
      },
    },
    {
      method: 'GET',
      template: '/api/2.0/accounts/{account_id}/workspaces/{workspace_id}',
      handle: ({ params }) => {
        requireAccount(params.account_id);
        if (params.workspace_id !== workspace.id)
          throw new ApiError(404, 'RESOURCE_DOES_NOT_EXIST', `Workspace ${params.workspace_id} does not exist.`);
        return { json: describe() };
      },
    },
  ];
}
