import type { JsonObject } from '../connector/manifest.ts';
import { listAudit } from '../engine/access/audit.ts';
import { listRoute } from './http/list-route.ts';
import type { Route } from './http/route.ts';
import { ANY_OBJECT, object, TEXT, TIME, TIME_FILTER, timesOf } from './http/schemas.ts';
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

const FILTER: JsonObject = {
  action: {
    title: 'Action',
    type: 'string',
    maxLength: 100,
    examples: ['workflow.update', 'authentication'],
    description: 'An action, or the part before its dot for all actions on that kind of object.',
  },
  actor: { title: 'Actor', type: 'string', maxLength: 200, description: 'Id or name of the API key.' },
  target: { title: 'Target', type: 'string', maxLength: 200, description: 'Id or name of the changed object.' },
  ...TIME_FILTER,
};

interface Filter {
  action?: string;
  actor?: string;
  target?: string;
  from?: string;
  to?: string;
}

/** `/v1/audit`: who changed what, when and from where. */
export function auditRoutes({ ctx }: Serving): Route[] {
  return [
    listRoute<Filter>({
      path: '/v1/audit',
      operation: 'list_audit',
      tag: 'Audit',
      summary: 'List the audit log of the tenant, newest first.',
      description:
        'With a filter, a page can contain fewer items than `limit`, or none, and still have a next_cursor: 5,000 entries are searched per page.',
      filter: FILTER,
      item: 'AuditEntry',
      page: 'A page of audit entries.',
      read({ caller, query }, page) {
        const { action, actor, target } = query;
        return listAudit(ctx, caller.tenant, { ...page, action, actor, target, ...timesOf(query) });
      },
    }),
  ];
}
