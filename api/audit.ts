import type { JsonObject } from '../connector/manifest.ts';
import { listAudit } from '../engine/access/audit.ts';
import { type Route, route } from './http/route.ts';
import { ANY_OBJECT, listOf, object, PAGING, type Paging, TEXT, TIME } from './http/schemas.ts';
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
    route<Paging>({
      method: 'GET',
      path: '/v1/audit',
      operation: 'list_audit',
      tag: 'Audit',
      summary: 'List the audit log of the tenant, newest first.',
      query: PAGING,
      answers: { 200: { description: 'A page of audit entries.', schema: listOf('AuditEntry') } },
      async handle({ caller, query }) {
        const { next_cursor = null, ...found } = await listAudit(ctx, caller.tenant, query);
        return { status: 200, body: { ...found, next_cursor } };
      },
    }),
  ];
}
