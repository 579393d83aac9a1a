import { ConnectorError } from '../../connector/errors.ts';
import { parseJson, stringifyJson } from '../../connector/json.ts';
import type { Json } from '../../connector/manifest.ts';
import type { Context } from '../runs/context.ts';
import { compareAndSet, unchanged } from '../store/compare-and-set.ts';
import { usageCheck, usageWrite } from '../store/quotas.ts';
import {
  type Check,
  insertWrites,
  readRecord,
  readRecords,
  removeWrites,
  type Stored,
  updateWrites,
  type Write,
} from '../store/records.ts';
import { noWorkflow, type Workflow } from './workflow-record.ts';

/** A value that stands for the output of a step, or for what the trigger gives, while a workflow is built. */
export interface Sample {
  step: string;
  value: Json;
  updated_at: number;
}

interface SampleRecord extends Omit<Sample, 'value'> {
  id: string;
  tenant: string;
  /** The value as exact JSON: numbers may be larger than a double holds. */
  text: string;
  bytes: number;
}

const KIND = 'workflow_sample';
/** One for the trigger, and as many steps as a workflow of any size that a person builds. */
const MAX_SAMPLES = 500;

/** No step has this id: what was received last for a test lies beside the samples, and is none until a person makes it one. */
export const RECEIVED = '-received';

/** The samples of a workflow by step; `trigger` is what the trigger gives. */
export async function readSamples(ctx: Context, workflow: Pick<Workflow, 'id'>): Promise<Map<string, Sample>> {
  const ids = (await sampledSteps(ctx, workflow)).map((step) => idOf(workflow, step));
  const found = await readRecords<SampleRecord>(ctx, KIND, ids);
  return new Map(found.map(({ value }) => [value.step, toSample(value)]));
}

/** Names of the steps that have a sample, oldest first. */
export async function sampledSteps(ctx: Context, workflow: Pick<Workflow, 'id'>): Promise<string[]> {
  const ids = await ctx.redis.zrange(ctx.keys.records(KIND, workflow.id), '0', '-1');
  return ids.map((id) => id.slice(workflow.id.length + 1)).filter((step) => step !== RECEIVED);
}

/** What was received last for a test, if anything was. */
export async function readReceived(ctx: Context, workflow: Pick<Workflow, 'id'>): Promise<Sample | undefined> {
  const stored = await find(ctx, workflow, RECEIVED);
  return stored === undefined ? undefined : toSample(stored.value);
}

/** One sample. @throws ConnectorError ERR_NOT_FOUND */
export async function readSample(ctx: Context, workflow: Pick<Workflow, 'id'>, step: string): Promise<Sample> {
  const stored = await find(ctx, workflow, step);
  if (stored !== undefined) return toSample(stored.value);
  throw new ConnectorError('ERR_NOT_FOUND', `the step "${step}" has no sample`, {
    hint: 'PUT one, or test the step and keep its output.',
  });
}

/** Stores a sample in place of an earlier one; of two at once, the last stays. @throws ConnectorError ERR_QUOTA_EXCEEDED, ERR_CONFLICT beyond 500 samples of one workflow */
export async function saveSample(
  ctx: Context,
  workflow: Pick<Workflow, 'id' | 'tenant'>,
  { step, value }: { step: string; value: Json },
): Promise<Sample> {
  const { tenant } = workflow;
  const id = idOf(workflow, step);
  return compareAndSet(ctx, `the sample of the step "${step}"`, async () => {
    const before = await find(ctx, workflow, step);
    if (before === undefined && step !== RECEIVED && (await sampledSteps(ctx, workflow)).length >= MAX_SAMPLES) {
      throw new ConnectorError('ERR_CONFLICT', `the workflow has ${MAX_SAMPLES} samples`, {
        hint: 'Delete some first.',
      });
    }
    const now = ctx.clock.now();
    const text = stringifyJson(value);
    const record: SampleRecord = { id, tenant, step, text, updated_at: now, bytes: Buffer.byteLength(text) };
    const amount = record.bytes - (before?.value.bytes ?? 0);
    const key = ctx.keys.record(KIND, id);
    return {
      checks: [
        ['exists', ctx.keys.object('workflow', workflow.id)],
        before === undefined ? ['absent', key] : unchanged(ctx, KIND, id, before),
        usageCheck(ctx, { tenant, name: 'workflow_bytes', amount }),
      ],
      writes: [
        ...(before === undefined
          ? insertWrites(ctx, { kind: KIND, id, createdAt: now, owners: [workflow.id] }, { value: record })
          : updateWrites(ctx, { kind: KIND, id, version: before.version }, { value: record })),
        usageWrite(ctx, { tenant, name: 'workflow_bytes', amount }),
      ],
      result: toSample(record),
      refused({ check }) {
        if (check === 0) throw noWorkflow(workflow.id);
      },
    };
  });
}

/** Deletes a sample; without one, nothing happens. */
export async function deleteSample(ctx: Context, workflow: Pick<Workflow, 'id'>, step: string): Promise<void> {
  await compareAndSet(ctx, `the sample of the step "${step}"`, async () => {
    const stored = await find(ctx, workflow, step);
    if (stored === undefined) return { result: undefined };
    return {
      checks: [unchanged(ctx, KIND, stored.value.id, stored)],
      writes: removal(ctx, workflow, stored.value),
      result: undefined,
    };
  });
}

/**
 * What takes all samples of a workflow away, in the transaction that deletes it; the checks find one that is saved in between,
 * which would stay behind.
 */
export async function samplesRemoval(
  ctx: Context,
  workflow: Pick<Workflow, 'id'>,
): Promise<{ checks: Check[]; writes: Write[] }> {
  const index = ctx.keys.records(KIND, workflow.id);
  const ids = await ctx.redis.zrange(index, '0', '-1');
  const found = await readRecords<SampleRecord>(ctx, KIND, ids);
  return {
    checks: [
      ['members', index, String(ids.length)],
      ...found.map(({ value, version }): Check => ['version', ctx.keys.record(KIND, value.id), String(version)]),
    ],
    writes: found.flatMap(({ value }) => removal(ctx, workflow, value)),
  };
}

function removal(ctx: Context, workflow: Pick<Workflow, 'id'>, { id, tenant, bytes }: SampleRecord): Write[] {
  return [
    ...removeWrites(ctx, { kind: KIND, id, owners: [workflow.id] }, undefined),
    usageWrite(ctx, { tenant, name: 'workflow_bytes', amount: -bytes }),
  ];
}

function toSample({ step, text, updated_at }: SampleRecord): Sample {
  return { step, value: parseJson(text) as Json, updated_at };
}

function find(ctx: Context, workflow: Pick<Workflow, 'id'>, step: string): Promise<Stored<SampleRecord> | undefined> {
  return readRecord<SampleRecord>(ctx, KIND, idOf(workflow, step));
}

function idOf({ id }: Pick<Workflow, 'id'>, step: string): string {
  return `${id}.${step}`;
}
