import { ConnectorError } from '../../connector/errors.ts';
import { accountOfRun } from '../credentials/records/run-account.ts';
import type { Context } from '../runs/context.ts';
import type { Definition } from './definitions.ts';

/** What a step gives as `linked_account` to use the one that its run was started with. */
export const RUN_ACCOUNT = '{{ run.linked_account }}';

/** Whether a step uses the account of its run. Spaces inside the braces do not matter. */
export function isRunAccount(linkedAccount: string | undefined): boolean {
  return linkedAccount !== undefined && /^\s*\{\{\s*run\s*\.\s*linked_account\s*\}\}\s*$/.test(linkedAccount);
}

/** Whether any step does: such a workflow is started with an account. */
export function needsRunAccount({ plan }: Pick<Definition, 'plan'>): boolean {
  return [...plan.steps.values()].some(({ step }) => isRunAccount(step.linked_account));
}

/** The account of the trigger, for the runs it starts: none where no step uses it. */
export function runAccountOf(definition: Definition): string | undefined {
  return needsRunAccount(definition) ? definition.trigger.linked_account : undefined;
}

/**
 * The id of the account that a run is started with, by id or name, checked for every step that will use it.
 * @throws ConnectorError ERR_INPUT_INVALID when one is missing, does not fit a step, or is given and nothing uses accounts;
 * ERR_NOT_FOUND (also for another tenant's), ERR_NO_AUTHENTICATION
 */
export async function checkRunAccount(
  ctx: Context,
  tenant: string,
  of: { definition: Definition; linkedAccount: string | undefined },
): Promise<string | undefined> {
  const { definition, linkedAccount } = of;
  const uses = [...definition.plan.steps.values()].filter(({ step }) => isRunAccount(step.linked_account));
  if (uses.length === 0 && linkedAccount === undefined) return undefined;
  if (linkedAccount === undefined) {
    const steps = uses.map(({ step }) => `"${step.id}"`).join(', ');
    throw invalid(`the workflow requires a linked account`, `is required by step ${steps}`);
  }
  if (uses.length === 0) {
    throw invalid(
      'the workflow does not use the linked account of its runs',
      `is not used: no step has "linked_account": "${RUN_ACCOUNT}"`,
    );
  }
  let id: string | undefined;
  for (const { step } of uses) {
    const action = ctx.manifests.actions.get(step.action);
    if (action === undefined) continue;
    id = (await accountOfRun(ctx, tenant, { action, linked_account: linkedAccount }))?.id ?? id;
  }
  return id;
}

function invalid(text: string, message: string): ConnectorError {
  return new ConnectorError('ERR_INPUT_INVALID', text, {
    hint: '"penstock accounts" lists linked accounts.',
    errors: [{ pointer: '/linked_account', message }],
    sent: 'no',
  });
}
