import { ConnectorError } from '../../connector/errors.ts';
import type { Context } from '../context.ts';
import type { Owner } from '../expression-threads/expressions.ts';
import type { ExpressionScope } from '../expressions/scope.ts';
import { occurrencesOf } from '../expressions/template.ts';
import { scrubError } from '../keys/scrub.ts';
import type { SecretPlaces } from '../keys/secret-places.ts';
import { loadInput, loadShownInput } from '../runs/inputs.ts';
import { loadOutput } from '../runs/outputs.ts';
import { readMany } from '../runs/run-list.ts';
import { type Run, readRun, type ValueRef } from '../runs/runs.ts';
import { withRows } from '../ticks/trigger-scope.ts';
import { deferredApprovalLink } from './approvals.ts';
import { stepRunId } from './child-runs.ts';
import type { Definition } from './definitions.ts';
import { keepLists } from './lists.ts';
import { openScopeSecrets, type ScopeSecrets } from './scope-secrets.ts';
import { isSecretPath, type SecretScope, secretReads } from './secret-reads.ts';
import { APPROVE } from './workflow-check.ts';
import { failureSoFar } from './workflow-failure.ts';
import { ON_FAILURE } from './workflow-plan.ts';
import type { Step } from './workflow-schema.ts';

/** Where a step stands when its expressions are read. */
export interface StepPlace {
  /** The run of the workflow, without its input. */
  run: Run;
  definition: Definition;
  /** Step -> id of its run. */
  children: ReadonlyMap<string, string>;
  step?: Pick<Step, 'id'>;
  item?: { value: unknown; index: number; places?: SecretPlaces };
  /** Somebody else than the workflow's author chose the template: it reads what a viewer may, and no secrets. */
  isShown?: boolean;
}

/** An input with its expressions replaced, and what of it stays where it is. */
export interface Evaluated {
  input: Record<string, unknown>;
  refs: Record<string, ValueRef> | undefined;
  /** Places of the input that hold what was read from secrets. */
  places: SecretPlaces;
}

/** What a plain path may name at most to be referred to rather than read: `steps.a.output.rows`. */
const MOST_NAMES = 4;
const NO_SECRETS: ScopeSecrets = Object.freeze({ own: Object.freeze({}), paths: [], credentials: [] });

/**
 * The input of a step's run, with lists under the names in `lists`. Only what its expressions name is loaded; a large value
 * that is passed on whole is not even that, but referred to.
 * @throws ConnectorError ERR_EXPRESSION, ERR_NOT_FOUND for a value that went with its run
 */
export async function evaluateInput(
  ctx: Context,
  place: StepPlace,
  template: Record<string, unknown>,
  lists: readonly string[] = [],
): Promise<Evaluated> {
  const scope = await openScope(ctx, place, template);
  const refs: Record<string, ValueRef> = {};
  const leave = (path: string[], pointer: string) => {
    const ref = scope.refer(path);
    if (ref !== undefined) refs[pointer.slice('/input'.length)] = ref;
    return ref !== undefined;
  };
  const owner = ownerOf(place);
  const how = { owner, pointer: '/input', leave };
  const input = (await evaluateIn(ctx, scope, template, how)) as Record<string, unknown>;
  const here = lists.filter((name) => refs[`/${name}`] === undefined);
  await keepLists(ctx, { input, template, lists: here, scope: scope.values, owner });
  const places = await secretReads(template, scope.secrets, (sources) => ctx.expressions.parseAll(sources, owner));
  return { input, refs: Object.keys(refs).length === 0 ? undefined : refs, places };
}

/** The value of one expression. @throws as `evaluateInput` */
export async function evaluateOne(ctx: Context, place: StepPlace, template: string): Promise<unknown> {
  const scope = await openScope(ctx, place, template, 'whole');
  return evaluateIn(ctx, scope, template, { owner: ownerOf(place) });
}

/** An expression that fails repeats what it read. */
async function evaluateIn(
  ctx: Context,
  { values, secrets }: Scope,
  template: unknown,
  how: Parameters<Context['expressions']['evaluate']>[2],
): Promise<unknown> {
  try {
    return await ctx.expressions.evaluate(template, values, how);
  } catch (error) {
    throw error instanceof ConnectorError ? scrubError(error, secrets.credentials) : error;
  }
}

interface Read {
  names: string[];
  isWhole: boolean;
}

interface Scope {
  values: ExpressionScope;
  secrets: SecretScope;
  /** The reference for a path that is not loaded. */
  refer(path: string[]): ValueRef | undefined;
}

async function openScope(
  ctx: Context,
  place: StepPlace,
  template: unknown,
  how: 'refer' | 'whole' = 'refer',
): Promise<Scope> {
  const { run, definition, children, item } = place;
  // The failure may have kept any step from its start.
  const isHandler = definition.plan.steps.get(place.step?.id ?? '')?.branchOf === ON_FAILURE;
  const reads = await readsIn(ctx, ownerOf(place), template);
  const ids = [...children.keys()].filter((id) =>
    reads.some(({ names }) => names[0] === 'steps' && (names[1] ?? id) === id),
  );
  const records = await readMany(
    ctx,
    ids.map((id) => children.get(id)!),
  );
  const runs = new Map(ids.map((id, i) => [id, records[i]]));
  const secrets = place.isShown === true ? NO_SECRETS : openScopeSecrets(ctx, place, runs);
  const refer = (path: string[]) =>
    how === 'whole' || isSecretPath(path, secrets) ? undefined : referTo(path, run, runs);
  // What is only referred to is not loaded.
  const loaded = reads.filter(({ names, isWhole }) => !isWhole || refer(names) === undefined).map(({ names }) => names);
  const values: ExpressionScope = {
    steps: {},
    variables: definition.variables ?? {},
    run: await aboutRun(ctx, place, loaded),
  };
  if (loaded.some(([name]) => name === 'secrets')) values.secrets = secrets.own;
  if (item !== undefined) Object.assign(values, { item: item.value, index: item.index });
  if (loaded.some(([name]) => name === 'trigger')) values.trigger = withRows(await loadTrigger(ctx, place));
  for (const [id, record] of runs) {
    if (record === undefined) {
      if (!isHandler) throw gone(id, children.get(id)!);
      values.steps[id] = { status: 'not_started' };
      continue;
    }
    const needsOutput = loaded.some(([, step = id, field = 'output']) => step === id && field === 'output');
    values.steps[id] = {
      status: record.skipped === '1' ? 'skipped' : record.status,
      output: needsOutput ? await loadOutput(ctx, record, place.isShown === true ? 'shown' : 'open') : undefined,
      error: record.error,
    };
  }
  return { values, refer, secrets };
}

/** What the expressions of a template name; `isWhole`: the value at these names is passed on as it is. */
async function readsIn(ctx: Context, owner: Owner, template: unknown): Promise<Read[]> {
  const found: Read[] = [];
  const occurrences = [...occurrencesOf(template)];
  const sources = occurrences.map(({ source }) => source);
  for (const [i, parsed] of (await ctx.expressions.parseAll(sources, owner)).entries()) {
    // Its evaluation says what is wrong with it, and where.
    if ('code' in parsed) continue;
    const { isWhole, isInList } = occurrences[i]!;
    const { reads, path } = parsed;
    if (isWhole && !isInList && path !== undefined) found.push({ names: path, isWhole: true });
    else for (const names of reads.roots) found.push({ names, isWhole: false });
    if (reads.isWhole)
      for (const name of ['trigger', 'steps', 'run', 'secrets']) found.push({ names: [name], isWhole: false });
  }
  return found;
}

function ownerOf({ run }: StepPlace): Owner {
  return { tenant: run.tenant, run: run.id };
}

function referTo(path: string[], run: Run, steps: ReadonlyMap<string, Run | undefined>): ValueRef | undefined {
  if (path.length > MOST_NAMES) return undefined;
  if (path[0] === 'trigger' && run.input_artifact !== undefined) {
    return { artifact: run.input_artifact, path: path.slice(1), is_trigger: true };
  }
  if (path[0] !== 'steps' || path[2] !== 'output') return undefined;
  const record = steps.get(path[1]!);
  if (record?.artifact === undefined || record.output !== undefined) return undefined;
  return { artifact: record.artifact, path: path.slice(3) };
}

async function loadTrigger(ctx: Context, { run, isShown }: StepPlace): Promise<unknown> {
  const whole = run.input_artifact !== undefined ? run : ((await readRun(ctx, run.id)) ?? run);
  return isShown === true ? loadShownInput(ctx, whole) : loadInput(ctx, whole);
}

async function aboutRun(ctx: Context, place: StepPlace, reads: string[][]) {
  const { run, definition, children } = place;
  const about = { id: run.id, workflow: run.workflow };
  const isRead = (of: string) => reads.some(([name, field = of]) => name === 'run' && field === of);
  const error = isRead('error') && definition.on_failure !== undefined ? await failureSoFar(ctx, place) : undefined;
  if (error !== undefined) Object.assign(about, { error });
  if (!isRead('approvals')) return about;
  const approvals: Record<string, string> = {};
  for (const { step } of definition.plan.steps.values()) {
    if (step.action !== APPROVE) continue;
    const id = children.get(step.id) ?? stepRunId(run.id, step.id);
    approvals[step.id] = await deferredApprovalLink(ctx, run.tenant, id);
  }
  return { ...about, approvals };
}

function gone(step: string, id: string): ConnectorError {
  return new ConnectorError('ERR_NOT_FOUND', `the run of step "${step}" (${id}) is gone`, {
    hint: 'Finished runs are kept for a limited time; replay from the start.',
  });
}
