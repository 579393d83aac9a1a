import { ConnectorError, type ValidationError } from '../../connector/errors.ts';
import type { Context } from '../runs/context.ts';
import { keepSecrets } from './keep-secrets.ts';
import { checkWorkflow } from './workflow-check.ts';
import { WORKFLOW_KIND, type Workflow } from './workflow-record.ts';
import { type Warning, warningsOf } from './workflow-warnings.ts';

/** What saving a definition would say. */
export interface CheckReport {
  valid: boolean;
  /** The first 50. */
  errors: ValidationError[];
  /** How many there are, where `errors` does not hold all of them. */
  errorCount?: number | undefined;
  warnings: Warning[];
}

/**
 * Checks a definition as saving it would, and saves nothing. `workflow` is the one that it would replace: its name is not
 * taken, and hidden secrets are those that it has.
 * @throws ConnectorError for what is no validation error, such as a limit of expressions
 */
export async function reportOn(
  ctx: Context,
  tenant: string,
  of: { body: unknown; workflow?: Workflow | undefined },
): Promise<CheckReport> {
  const body = of.workflow === undefined ? of.body : await keepSecrets(ctx, of.workflow, of.body);
  const taken = await nameTaken(ctx, tenant, { body, workflow: of.workflow?.id });
  try {
    const definition = await checkWorkflow(ctx, tenant, body);
    return { valid: taken.length === 0, errors: taken, warnings: warningsOf(ctx, definition) };
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.code !== 'ERR_INPUT_INVALID' || error.errors === undefined)
      throw error;
    const { errors, errorCount } = error;
    return { valid: false, errors: [...taken, ...errors], errorCount, warnings: [] };
  }
}

async function nameTaken(
  ctx: Context,
  tenant: string,
  { body, workflow }: { body: unknown; workflow: string | undefined },
): Promise<ValidationError[]> {
  const name = (body as { name?: unknown } | null)?.name;
  if (typeof name !== 'string') return [];
  const owner = await ctx.redis.hget(ctx.keys.names(WORKFLOW_KIND, tenant), name);
  if (owner === null || owner === workflow) return [];
  return [{ pointer: '/name', code: 'ERR_NAME_TAKEN', message: `is the name of the workflow "${owner}"` }];
}
