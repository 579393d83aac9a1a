import { listActionOptions, listTriggerOptions } from 'penstock-client';
import { useMemo } from 'react';
import type { Choices } from '../forms/form-context.ts';
import { ask } from './api-error.ts';
import { useCan } from './me.ts';

const PAGE = 50;

/**
 * Where a form gets its choices: read from the service, with the authentication of a linked account (id or name). Undefined without
 * an account, or for a person who may not read them.
 */
export function useChoices(kind: 'action' | 'trigger', id: string, account: string | undefined): Choices | undefined {
  const may = useCan(`POST /v1/${kind}s/{id}/options`);
  return useMemo(() => {
    if (!may || account === undefined) return undefined;
    const list = kind === 'action' ? listActionOptions : listTriggerOptions;
    return {
      key: `${kind} ${id} ${account}`,
      load: (question, signal) =>
        ask(list({ path: { id }, body: { ...question, linked_account: account, limit: PAGE }, signal })),
    };
  }, [may, kind, id, account]);
}
