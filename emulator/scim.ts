import type { Route } from './router.ts';
import type { Workspace } from './workspace.ts';

/** SCIM: who the caller is. */
export function scimRoutes(workspace: Workspace): Route[] {
  return [
    {
      method: 'GET',
      template: '/api/2.0/preview/scim/v2/Me',
      errors: 'scim',
      handle: ({ identity }) => ({
        json: {
          schemas: [
            'urn:ietf:params:scim:schemas:core:2.0:User',
            'urn:ietf:params:scim:schemas:extension:workspace:2.0:User',
          ],
          id: identity.id,
          userName: identity.userName,
          displayName: identity.userName,
          active: true,
        },
        headers: { 'x-databricks-org-id': workspace.id, 'content-type': 'application/scim+json' },
      }),
    },
  ];
}
