import { ConnectorError } from '../../connector/errors.ts';
import type { ValueRef } from '../artifacts/artifact-store.ts';
import type { Owner } from '../expression-threads/expressions.ts';
import { readPath } from '../expressions/plain-path.ts';
import { columnsBeside } from '../expressions/prune.ts';
import type { ExpressionScope } from '../expressions/scope.ts';
import { fillTemplate } from '../expressions/template.ts';
import { stepRunId } from '../runs/child-runs.ts';
import type { Context } from '../runs/context.ts';
import type { Run } from '../runs/run.ts';
import { readMany } from '../runs/run-list.ts';
import { readRun } from '../runs/runs.ts';
import type { SecretPlaces } from '../secrets/secret-places.ts';
import { deferredApprovalLink } from './approvals.ts';
import { evaluateGuarded, type Guarded } from './guarded-evaluation.ts';
import { type Kept, keptOutput, keptTrigger, loadKept, referTo } from './kept-values.ts';
import { keepLists } from './lists.ts';
import { openScopeSecrets, type ScopeSecrets } from './scope-secrets.ts';
import { isSecretPath, type SecretScope } from './secret-reads.ts';
import type { StepPlace } from './step-place.ts';
import { APPROVE } from './workflow-check.ts';
import { failureSoFar } from './workflow-failure.ts';
import { ON_FAILURE } from './workflow-plan.ts';

/** An input with its expressions replaced, and what of it stays where it is. */
export interface Evaluated {
  input: Record<string, unknown>;
  refs: Record<string, ValueRef> | undefined;
  /** Places of the input that hold what was read from secrets. */
  places: SecretPlaces;
}

const NO_VALUES: IteratorObject<never> = [].values();
const NO_PLACES: SecretPlaces = new Map();
const NO_SECRETS: ScopeSecrets = Object.freeze({ own: Object.freeze({}), paths: [], credentials: [] });

/**
 * The input of a step's run, with lists under the names in `lists`. Only what its expressions name is loaded; a large value
 * that is passed on by its plain path is not even that, but referred to.
 * @throws ConnectorError ERR_EXPRESSION, ERR_NOT_FOUND for a value that went with its run
 */
export async function evaluateInput(
  ctx: Context,
  place: StepPlace,
  template: Record<string, unknown>,
  lists: readonly string[] = [],
): Promise<Evaluated> {
  // Most steps have some; one that is written out needs nothing to be read for it.
  const occurrences = await ctx.expressions.read(template, '/input');
  if (occurrences.length === 0) {
    return { input: fillTemplate(template, NO_VALUES) as Record<string, unknown>, refs: undefined, places: NO_PLACES };
  }
  const scope = await openScope(ctx, place, template);
  const refs: Record<string, ValueRef> = {};
  const leave = (path: string[], pointer: string) => {
    const found = scope.refer(path);
    const at = pointer.slice('/input'.length);
    const isList = lists.some((name) => at === `/${name}`);
    for (const [below, ref] of Object.entries(found ?? {}))
      refs[at + below] = isList && below === '' ? { ...ref, is_list: true } : ref;
    return found?.[''] !== undefined;
  };
  const owner = ownerOf(place);
  const { value, places } = await evaluateGuarded(ctx, scope, template, { owner, pointer: '/input', leave });
  const input = value as Record<string, unknown>;
  const here = lists.filter((name) => refs[`/${name}`] === undefined);
  await keepLists(ctx, { input, template, lists: here, scope: scope.values, owner });
  return { input, refs: Object.keys(refs).length === 0 ? undefined : refs, places };
}

/** The value of one text with expressions, and whether it was made of secrets. @throws as `evaluateInput` */
export async function evaluateOne(
  ctx: Context,
  place: StepPlace,
  { template, pointer }: { template: string; pointer: string },
): Promise<Pick<Guarded, 'value'> & { isSecret: boolean }> {
  const scope = await openScope(ctx, place, template, 'whole');
  const { value, places } = await evaluateGuarded(ctx, scope, template, { owner: ownerOf(place), pointer });
  return { value, isSecret: places.size > 0 };
}

/** What an expression names: a value that is passed on as it is, one that it works with, or a list of which it needs the length. */
interface Read {
  names: string[];
  how: 'pass' | 'value' | 'count';
}

interface Scope {
  values: ExpressionScope;
  secrets: SecretScope;
  /** What the value at a path is referred to by, when it is not inline; see `referTo`. */
  refer(path: string[]): Record<string, ValueRef> | undefined;
}

async function openScope(
  ctx: Context,
  place: StepPlace,
  template: unknown,
  how: 'refer' | 'whole' = 'refer',
): Promise<Scope> {
  const { definition, children, item } = place;
  // The failure may have kept any step from its start.
  const isHandler = definition.plan.steps.get(place.step?.id ?? '')?.branchOf === ON_FAILURE;
  const reads = await readsIn(ctx, ownerOf(place), template);
  const ofItem = reads.some((read) => read.names[0] === 'item' && read.how === 'value')
    ? await columnsOfItem(ctx, place)
    : [];
  reads.push(...ofItem.map((names) => ({ names, how: 'value' as const })));
  // Read as a whole, the steps are those that have surely ended.
  const ofSteps = reads.filter(({ names: [root] }) => root === 'steps').map(({ names }) => names[1]);
  const before = ofSteps.includes(undefined) ? definition.plan.before(place.step?.id ?? '') : [];
  const ids = [...children.keys()].filter((id) => ofSteps.includes(id) || before.includes(id));
  const records = await readMany(
    ctx,
    ids.map((id) => children.get(id)!),
  );
  const runs = new Map(ids.map((id, i) => [id, records[i]]));
  const trigger = reads.some(({ names }) => names[0] === 'trigger') ? await triggerOf(ctx, place.run) : undefined;
  const secrets = place.isShown === true ? NO_SECRETS : openScopeSecrets(ctx, place, runs);
  const openness = place.isShown === true ? 'shown' : 'open';
  const refer = (path: string[]) => {
    if (how === 'whole' || isSecretPath(path, secrets)) return undefined;
    if (path[0] === 'trigger' && trigger !== undefined) return referTo(trigger, path.slice(1));
    if (path[0] !== 'steps' || path[2] !== 'output') return undefined;
    const record = runs.get(path[1]!);
    return record === undefined ? undefined : referTo(keptOutput(record), path.slice(3));
  };
  // What is only referred to is not loaded.
  const loaded = reads.filter((read) => read.how !== 'pass' || refer(read.names)?.[''] === undefined);
  const load = (kept: Kept, own: Read[], depth: number) => {
    const below = (wanted: Read[]) => wanted.map(({ names }) => names.slice(depth));
    // Of a value that is passed on, what is not inline is referred to.
    const values = own.filter(
      (read) => read.how === 'value' || (read.how === 'pass' && refer(read.names) === undefined),
    );
    const counts = below(own.filter((read) => read.how === 'count'));
    return loadKept(ctx, kept, { reads: below(values), counts, openness });
  };
  const values: ExpressionScope = {
    steps: {},
    variables: definition.variables ?? {},
    run: await aboutRun(
      ctx,
      place,
      loaded.map(({ names }) => names),
    ),
  };
  if (loaded.some(({ names: [name] }) => name === 'secrets')) values.secrets = secrets.own;
  if (item !== undefined) Object.assign(values, { item: item.value, index: item.index });
  const ofTrigger = loaded.filter(({ names }) => names[0] === 'trigger');
  if (ofTrigger.length > 0) values.trigger = await load(trigger!, ofTrigger, 1);
  for (const [id, record] of runs) {
    if (record === undefined) {
      if (!isHandler) throw gone(id, children.get(id)!);
      values.steps[id] = { status: 'not_started' };
      continue;
    }
    const ofOutput = loaded.filter(
      ({ names: [name, step = id, field = 'output'] }) => name === 'steps' && step === id && field === 'output',
    );
    values.steps[id] = {
      status: record.skipped === true ? 'skipped' : record.status,
      output: ofOutput.length > 0 ? await load(keptOutput(record), ofOutput, 3) : undefined,
      error: record.error,
    };
  }
  if (ofItem.length > 0) values.itemColumns = ofItem.map((names) => readPath(names, values) ?? []);
  return { values, refer, secrets };
}

/** What the expressions of a template name. */
async function readsIn(ctx: Context, owner: Owner, template: unknown): Promise<Read[]> {
  const found: Read[] = [];
  const occurrences = await ctx.expressions.read(template, typeof template === 'object' ? '/input' : '');
  for (const [i, parsed] of (await ctx.expressions.parseRead(occurrences, owner)).entries()) {
    // Its evaluation says what is wrong with it, and where.
    if ('code' in parsed) continue;
    const { isWhole, isInList } = occurrences[i]!;
    const { reads, path } = parsed;
    if (isWhole && !isInList && path !== undefined) found.push({ names: path, how: 'pass' });
    else {
      for (const names of reads.roots) {
        found.push({ names, how: 'value' });
        const columns = columnsBeside(names);
        if (columns !== undefined) found.push({ names: columns, how: 'value' });
      }
    }
    for (const names of reads.counts) found.push({ names, how: 'count' });
    if (reads.isWhole)
      for (const name of ['trigger', 'steps', 'run', 'secrets']) found.push({ names: [name], how: 'value' });
  }
  return found;
}

/** Where the columns are of what the items of the step's loop come from: an item is a row of it, or is made of its cells. */
async function columnsOfItem(ctx: Context, place: StepPlace): Promise<string[][]> {
  const forEach = place.definition.plan.steps.get(place.step?.id ?? '')?.step.for_each;
  if (forEach === undefined) return [];
  const found = new Map<string, string[]>();
  for (const { names } of await readsIn(ctx, ownerOf(place), forEach.items)) {
    const [root, step, field] = names;
    const output = root === 'steps' && step !== undefined && field === 'output' ? [root, step, field] : undefined;
    const columns = columnsBeside(names) ?? (root === 'trigger' ? [root, 'columns'] : output && [...output, 'columns']);
    if (columns !== undefined) found.set(columns.join('.'), columns);
  }
  return [...found.values()];
}

function ownerOf({ run }: StepPlace): Owner {
  return { tenant: run.tenant, run: run.id };
}

/** The head of a run has no input of its own, only what says where a large one is. */
async function triggerOf(ctx: Context, run: Run): Promise<Kept> {
  const isWhole = run.input_artifact !== undefined || run.input !== undefined;
  return keptTrigger(isWhole ? run : ((await readRun(ctx, run.id)) ?? run));
}

async function aboutRun(ctx: Context, place: StepPlace, reads: string[][]) {
  const { run, definition, children } = place;
  const about = { id: run.id, workflow: run.workflow, linked_account: run.linked_account };
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
  return new ConnectorError('ERR_NOT_FOUND', `the run of step "${step}" (${id}) was deleted`, {
    hint: 'Finished runs are kept for a limited time. Replay from the start.',
  });
}
