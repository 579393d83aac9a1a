import { parseJson, stringifyJson } from '../../connector/json.ts';
import type { JsonObject } from '../../connector/manifest.ts';
import type { Actor } from '../access/actor.ts';
import { auditWrite } from '../access/audit.ts';
import type { Context } from '../runs/context.ts';
import { compareAndSet, unchanged } from '../store/compare-and-set.ts';
import { usageCheck, usageWrite } from '../store/quotas.ts';
import {
  type Check,
  insertWrites,
  readRecord,
  removeWrites,
  type Stored,
  updateWrites,
  type Write,
} from '../store/records.ts';
import { loadDefinition, revealDefinition } from './definitions.ts';
import { hideDraftSecrets, keepDraftSecrets } from './draft-secrets.ts';
import { checkIfMatch, type IfMatch } from './etag.ts';
import { noWorkflow, shownVersion, type Workflow } from './workflow-record.ts';

/** The record of a draft: one per workflow, under the workflow's id. Its definition, which may hold secrets, is sealed beside it. */
interface DraftRecord {
  id: string;
  tenant: string;
  /** Bytes of the sealed definition; counted in the quota `workflow_bytes`. */
  bytes: number;
  /** Epoch ms; tells apart drafts of one workflow that follow each other. */
  created_at: number;
  updated_at: number;
  updated_by: { key: string; name: string };
  /** Published version that it was made from, 0 before the first; drafts of earlier releases have none. */
  base_version?: number;
}

/** A draft: a definition that may be incomplete. `definition` is as its author wrote it; show it with `hideDraftSecrets`. */
export interface Draft {
  etag: string;
  definition: JsonObject;
  updated_at: number;
  updated_by: { key: string; name: string };
  base_version?: number | undefined;
  stored: Stored<DraftRecord>;
}

/** What a draft is to become. */
interface DraftWish {
  definition: JsonObject;
  ifMatch?: IfMatch | undefined;
  isNew?: boolean;
  baseVersion?: number | undefined;
  actor: Actor;
}

const KIND = 'workflow_draft';

/** The draft of a workflow, if there is one. @throws ConnectorError ERR_RECORD_UNREADABLE, ERR_KEY_UNKNOWN */
export async function readDraft(ctx: Context, { id, tenant }: Workflow): Promise<Draft | undefined> {
  const stored = await readRecord<DraftRecord>(ctx, KIND, id);
  if (stored === undefined) return undefined;
  const definition = parseJson(ctx.keyring.open(stored.sealed!, owner({ id, tenant }))) as JsonObject;
  const { updated_at, updated_by, base_version } = stored.value;
  return { etag: etagOf(stored), definition, updated_at, updated_by, base_version, stored };
}

/**
 * Stores the draft in place of the one that is there; it is not checked, and the published version does not change. Hidden
 * secrets keep their values. Without `ifMatch` the last of several at once stays; `isNew` wants none to be there. Without
 * `baseVersion`, a draft keeps the one that it has, and a new one is made from the version that is published.
 * @throws ConnectorError ERR_CONFLICT with the current entity tag, ERR_QUOTA_EXCEEDED
 */
export async function saveDraft(ctx: Context, workflow: Workflow, change: DraftWish): Promise<Draft> {
  const { id } = workflow;
  return compareAndSet(ctx, 'the draft', async () => {
    const before = await readDraft(ctx, workflow);
    if (change.isNew === true && before !== undefined) checkIfMatch('the draft', { ifMatch: [], current: before.etag });
    checkIfMatch('the draft', { ifMatch: change.ifMatch, current: before?.etag });
    const known = before?.definition ?? (await shownDefinition(ctx, workflow));
    const definition = keepDraftSecrets(ctx, change.definition, known);
    const { actor, baseVersion } = change;
    const { checks, writes, draft } = draftChange(ctx, workflow, { before, definition, actor, baseVersion });
    return {
      checks: [['exists', ctx.keys.object('workflow', id)], ...checks],
      writes,
      result: draft,
      refused({ check }) {
        if (check === 0) throw noWorkflow(id);
      },
    };
  });
}

/** What writes a draft, alone or with another change of the workflow. The checks fail when another draft was stored in between. */
export function draftChange(
  ctx: Context,
  workflow: Pick<Workflow, 'id' | 'tenant' | 'version'>,
  { before, definition, actor, baseVersion }: Omit<DraftWish, 'ifMatch' | 'isNew'> & { before: Draft | undefined },
): { checks: Check[]; writes: Write[]; draft: Draft } {
  const { id, tenant } = workflow;
  const text = ctx.keyring.seal(stringifyJson(definition), owner(workflow));
  const now = ctx.clock.now();
  const base_version = baseVersion ?? (before === undefined ? workflow.version : before.base_version);
  const value: DraftRecord = {
    id,
    tenant,
    bytes: text.length,
    created_at: before?.stored.value.created_at ?? now,
    updated_at: now,
    updated_by: { key: actor.keyId, name: actor.name },
    ...(base_version === undefined ? {} : { base_version }),
  };
  const sealed = { text, keyId: ctx.keyring.keyIdOf(text) };
  const amount = value.bytes - (before?.stored.value.bytes ?? 0);
  const oldKeyId = before === undefined ? undefined : ctx.keyring.keyIdOf(before.stored.sealed!);
  const stored = { value, version: (before?.stored.version ?? 0) + 1, sealed: text };
  return {
    checks: [
      before === undefined ? ['absent', ctx.keys.record(KIND, id)] : versionCheck(ctx, before),
      usageCheck(ctx, { tenant, name: 'workflow_bytes', amount }),
    ],
    writes: [
      ...(before === undefined
        ? insertWrites(ctx, { kind: KIND, id, createdAt: now, owners: [] }, { value, sealed })
        : updateWrites(
            ctx,
            { kind: KIND, id, version: before.stored.version },
            { value, sealed: { ...sealed, oldKeyId } },
          )),
      usageWrite(ctx, { tenant, name: 'workflow_bytes', amount }),
    ],
    draft: { etag: etagOf(stored), definition, updated_at: now, updated_by: value.updated_by, base_version, stored },
  };
}

/** Discards the draft; without one, nothing happens. @throws ConnectorError ERR_CONFLICT with the current entity tag */
export async function deleteDraft(
  ctx: Context,
  workflow: Workflow,
  { ifMatch, actor }: { ifMatch?: IfMatch | undefined; actor: Actor },
): Promise<void> {
  await compareAndSet(ctx, 'the draft', async () => {
    const draft = await readDraft(ctx, workflow);
    checkIfMatch('the draft', { ifMatch, current: draft?.etag });
    if (draft === undefined) return { result: undefined };
    const { checks, writes } = draftRemoval(ctx, draft);
    const target = { kind: 'workflow', id: workflow.id, name: workflow.name };
    const noted = auditWrite(ctx, actor, { action: 'workflow.discard_draft', target });
    return { checks, writes: [...writes, noted], result: undefined };
  });
}

/** What takes the draft of a workflow away in the transaction that deletes the workflow; also one that cannot be read. */
export async function removalOfDraft(
  ctx: Context,
  { id }: Pick<Workflow, 'id'>,
): Promise<{ checks: Check[]; writes: Write[] }> {
  const stored = await readRecord<DraftRecord>(ctx, KIND, id);
  return stored === undefined ? { checks: [], writes: [] } : draftRemoval(ctx, { stored });
}

/** What takes a draft away, as it was read, in the transaction of another change. */
export function draftRemoval(ctx: Context, draft: Pick<Draft, 'stored'>): { checks: Check[]; writes: Write[] } {
  const { value, sealed } = draft.stored;
  return {
    checks: [versionCheck(ctx, draft)],
    writes: [
      ...removeWrites(ctx, { kind: KIND, id: value.id, owners: [] }, ctx.keyring.keyIdOf(sealed!)),
      usageWrite(ctx, { tenant: value.tenant, name: 'workflow_bytes', amount: -value.bytes }),
    ],
  };
}

/** The draft as it may be shown. */
export function showDraft(ctx: Context, workflow: Workflow, draft: Draft): object {
  return {
    workflow: workflow.id,
    etag: draft.etag,
    definition: hideDraftSecrets(ctx, draft.definition),
    updated_at: new Date(draft.updated_at).toISOString(),
    updated_by: draft.updated_by,
    ...(draft.base_version === undefined ? {} : { base_version: draft.base_version }),
  };
}

/** What a draft starts from: the version that the workflow shows; nothing while there is none. */
export async function shownDefinition(ctx: Context, workflow: Workflow): Promise<JsonObject> {
  const version = shownVersion(workflow);
  if (version === undefined) return {};
  return revealDefinition(ctx, workflow, await loadDefinition(ctx, workflow.id, version)) as unknown as JsonObject;
}

function versionCheck(ctx: Context, { stored }: Pick<Draft, 'stored'>): Check {
  return unchanged(ctx, KIND, stored.value.id, stored);
}

function etagOf({ value, version }: Stored<DraftRecord>): string {
  return `${value.created_at.toString(36)}.${version}`;
}

/** As key rotation finds it: by tenant and id of the record. */
function owner({ tenant, id }: { tenant: string; id: string }): string {
  return `${tenant}/${id}`;
}
