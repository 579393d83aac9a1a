import type { JsonObject } from '../connector/manifest.ts';
import { listAudit } from '../engine/access/audit.ts';
import { listRoute } from './http/list-route.ts';
import type { Route } from './http/route.ts';
import { ANY_OBJECT, object, TEXT, TIME } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';

export const auditSchemas: JsonObject = {
  AuditEntry: object(
    {
      id: TEXT,
      at: TIME,
      action: { ...TEXT, description: 'Such as `authentication.replace_secret`.' },
      actor: {
        ...object({ key: TEXT, name: TEXT }, { from: TEXT }),
        description: 'The API key and the IP address of the request.',
      },
      target: object({ kind: TEXT, id: TEXT }, { name: TEXT }),
    },
    { details: ANY_OBJECT },
  ),
};

/** `/v1/audit`: who changed what, when and from where. */
export function auditRoutes({ ctx }: Serving): Route[] {
  return [
    listRoute({
      path: '/v1/audit',
      operation: 'list_audit',
      tag: 'Audit',
      summary: 'List the audit log of the tenant, newest first.',
      item: 'AuditEntry',
      page: 'A page of audit entries.',
      read: ({ caller }, page) => listAudit(ctx, caller.tenant, page),
    }),
  ];
}
