import { ConnectorError } from '../../connector/errors.ts';
import { parseJson, stringifyJson } from '../../connector/json.ts';
import type { RequestTemplate } from '../../connector/manifest.ts';
import type { Actor } from '../access/actor.ts';
import { auditWrite } from '../access/audit.ts';
import { useOfScope } from '../connectors/scope-use.ts';
import type { Context } from '../runs/context.ts';
import { compareAndSet } from '../store/compare-and-set.ts';
import type { Metadata } from '../store/metadata.ts';
import { usageCheck, usageWrite } from '../store/quotas.ts';
import { type Check, transact, type Write } from '../store/records.ts';
import { readOne } from '../store/unreadable.ts';
import { sealDefinition } from './definition-secrets.ts';
import { definitionKey } from './definitions.ts';
import type { WorkflowDefinition } from './workflow-schema.ts';

/** A workflow's own record; its trigger and steps are kept per version, none of which ever changes. Times are epoch ms. */
export interface Workflow {
  id: string;
  tenant: string;
  name: string;
  /** The published one, which ticks and runs use; 0 while none was published. */
  version: number;
  /** The newest one; 0 while there is only a draft. Where `version` is 0 and this is not, it was stored before there were drafts. */
  latest: number;
  enabled: boolean;
  metadata?: Metadata;
  /** Rises when the URL for incoming webhooks is recreated. */
  url_generation?: number;
  /** What was registered at the service of the trigger. */
  service_webhooks?: ServiceWebhook[];
  /** How many drafts were kept for a run so far; their versions are -1, -2, … */
  snapshots?: number;
  created_at: number;
  updated_at: number;
}

/** A webhook that a workflow has at its service. */
export interface ServiceWebhook {
  /** The service's own. */
  id: string;
  linked_account: string;
  authentication?: string;
  /** Removes it; without credentials. */
  remove: RequestTemplate;
  /** No longer wanted: to be removed. */
  stale?: true;
  registered_at: number;
}

/** A change of a record: the record afterwards, a new version's definition, and what stands or falls with both. */
export interface WorkflowChange {
  after: Workflow;
  /** Of the version `after.latest`. */
  definition?: WorkflowDefinition;
  checks?: readonly Check[];
  writes?: readonly Write[];
}

/** Who did what, for the audit log; it is written with the change, or not at all. */
export interface Noted {
  actor: Actor;
  verb: string;
  details?: (before: Workflow | undefined) => Record<string, unknown>;
}

/** Who changes a workflow; left out, nothing is written into the audit log. */
export type By = { actor?: Actor | undefined };

export const WORKFLOW_KIND = 'workflow';

/** The version that a workflow shows: the published one, or else the newest; undefined while it has only a draft. */
export function shownVersion({ version, latest }: Pick<Workflow, 'version' | 'latest'>): number | undefined {
  if (version > 0) return version;
  return latest > 0 ? latest : undefined;
}

/**
 * Writes a new workflow: its record, name, first version and audit entry, or nothing of it.
 * @throws ConnectorError ERR_NAME_TAKEN, ERR_QUOTA_EXCEEDED, ERR_CONFLICT as `useOfScope`
 */
export async function insertWorkflow(ctx: Context, change: WorkflowChange, noted?: Noted): Promise<Workflow> {
  const { after } = change;
  const key = ctx.keys.object(WORKFLOW_KIND, after.id);
  const version = versionText(ctx, change);
  const use = useOfScope(ctx);
  const checks: Check[] = [['absent', key], ...checksOf(ctx, change, version), ...use.checks];
  const failed = await transact(ctx, checks, [
    ...writesOf(ctx, change, version, { noted, before: undefined }),
    ...use.writes,
    ['ZADD', ctx.keys.objects(WORKFLOW_KIND, after.tenant), after.created_at, after.id],
  ]);
  if (failed === undefined) return after;
  use.refuse(checks[failed.check]);
  throw nameTaken(after.name);
}

/**
 * Changes a workflow by compare-and-set: when another change came in between, `decide` is asked again with what is there now,
 * so two at once are done one after the other. `first` is what was there when the caller began.
 * @throws ConnectorError ERR_NOT_FOUND, ERR_NAME_TAKEN, ERR_QUOTA_EXCEEDED; ERR_CONFLICT when it keeps changing
 */
export async function changeWorkflow(
  ctx: Context,
  of: { tenant: string; id: string; noted?: Noted | undefined },
  decide: (before: Workflow, first: Workflow) => Promise<WorkflowChange>,
): Promise<Workflow> {
  const key = ctx.keys.object(WORKFLOW_KIND, of.id);
  let first: Workflow | undefined;
  return compareAndSet(ctx, `the workflow "${of.id}"`, async () => {
    const text = await ctx.redis.get(key);
    const before = text === null ? undefined : (JSON.parse(text) as Workflow);
    if (text === null || before === undefined || before.tenant !== of.tenant) throw noWorkflow(of.id);
    first ??= before;
    const change = await decide(before, first);
    const version = versionText(ctx, change);
    // Only another version uses other connectors.
    const isOther = change.definition !== undefined || change.after.version !== before.version;
    const use = isOther ? useOfScope(ctx) : undefined;
    const checks: Check[] = [['equals', key, text], ...checksOf(ctx, change, version), ...(use?.checks ?? [])];
    return {
      checks,
      writes: [...writesOf(ctx, change, version, { noted: of.noted, before }), ...(use?.writes ?? [])],
      result: change.after,
      refused({ check }) {
        use?.refuse(checks[check]);
        // The name is the first of the other checks.
        if (check === 1) throw nameTaken(change.after.name);
      },
    };
  });
}

/** A workflow of whatever tenant, for the engine's own use. */
export async function readWorkflow(ctx: Context, id: string): Promise<Workflow | undefined> {
  const text = await ctx.redis.get(ctx.keys.object(WORKFLOW_KIND, id));
  return text === null ? undefined : readOne(WORKFLOW_KIND, id, () => parseJson(text) as Workflow);
}

export function noWorkflow(idOrName: string): ConnectorError {
  return new ConnectorError('ERR_NOT_FOUND', `there is no workflow "${idOrName}"`, {
    hint: '"penstock workflows" lists them.',
  });
}

/** What is noted of a change; nothing where nobody is named. */
export function notedBy({ actor }: By, verb: string, details?: Noted['details']): Noted | undefined {
  return actor === undefined ? undefined : { actor, verb, ...(details === undefined ? {} : { details }) };
}

/** The entry that says who did what. */
export function noteWrite(ctx: Context, noted: Noted, workflow: Workflow, before?: Workflow): Write {
  const { id, name, version } = workflow;
  const details = { version, ...noted.details?.(before) };
  const target = { kind: WORKFLOW_KIND, id, name };
  return auditWrite(ctx, noted.actor, { action: `workflow.${noted.verb}`, target, details });
}

/** What a change adds as a version, as Redis holds it. */
function versionText(ctx: Context, { after, definition }: WorkflowChange): string | undefined {
  return definition === undefined ? undefined : stringifyJson(sealDefinition(ctx, after, definition));
}

/** What a version takes of the tenant's quotas. */
function usageOf(text: string): { name: 'workflow_versions' | 'workflow_bytes'; amount: number }[] {
  return [
    { name: 'workflow_versions', amount: 1 },
    { name: 'workflow_bytes', amount: Buffer.byteLength(text) },
  ];
}

function checksOf(ctx: Context, { after, checks = [] }: WorkflowChange, version: string | undefined): Check[] {
  const { tenant } = after;
  return [
    ['free', ctx.keys.names(WORKFLOW_KIND, after.tenant), after.name, after.id],
    // A version is never written twice, whatever came before.
    ...(version === undefined ? [] : [['absent', definitionKey(ctx, after.id, after.latest)] as Check]),
    ...(version === undefined ? [] : usageOf(version).map((of) => usageCheck(ctx, { tenant, ...of }))),
    ...checks,
  ];
}

function writesOf(
  ctx: Context,
  { after, writes = [] }: WorkflowChange,
  version: string | undefined,
  { noted, before }: { noted: Noted | undefined; before: Workflow | undefined },
): Write[] {
  const { tenant } = after;
  const names = ctx.keys.names(WORKFLOW_KIND, tenant);
  return [
    ...(before === undefined || before.name === after.name ? [] : [['HDEL', names, before.name] as Write]),
    ['HSET', names, after.name, after.id],
    ...(version === undefined ? [] : [['SET', definitionKey(ctx, after.id, after.latest), version] as Write]),
    ...(version === undefined ? [] : usageOf(version).map((of): Write => usageWrite(ctx, { tenant, ...of }))),
    ['SET', ctx.keys.object(WORKFLOW_KIND, after.id), JSON.stringify(after)],
    ...(noted === undefined ? [] : [noteWrite(ctx, noted, after, before)]),
    ...writes,
  ];
}

function nameTaken(name: string): ConnectorError {
  return new ConnectorError('ERR_NAME_TAKEN', `a workflow named "${name}" already exists`, {
    hint: 'Choose a different name, or update the existing workflow with PUT.',
    errors: [{ pointer: '/name', message: 'is already in use' }],
  });
}
