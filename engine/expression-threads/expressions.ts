/*
 * The expression threads floor: who evaluates expressions, in which thread, for how long and in whose share. It knows
 * whose an expression is by a name alone.
 */

import { createBoundedCache } from '../../connector/bounded-cache.ts';
import type { Answer, Failure, Task } from '../expressions/batch.ts';
import type { ParsedExpression } from '../expressions/parse.ts';
import { plainPath, readPath } from '../expressions/plain-path.ts';
import { pruneScope } from '../expressions/prune.ts';
import { MAX_READ_NAMES, type Reads } from '../expressions/reads.ts';
import type { ExpressionScope } from '../expressions/scope.ts';
import { fillTemplate, type Occurrence, UNCLOSED } from '../expressions/template.ts';
import { createBudgets } from './budgets.ts';
import { failed, MAX_SOURCE_LENGTH, stopped, TIME_LIMITS } from './failures.ts';
import { createTemplateReader, type TemplateReader } from './template-reader.ts';
import { TaskStopped } from './thread-start.ts';
import { openThreads } from './threads.ts';

/** Says whether the value at a plain path, which would stand at a pointer, is left out for the caller to fill in. */
export type Leave = (path: string[], pointer: string) => boolean;

/** Whose expression it is: time is shared between tenants, and bounded for each run. */
export interface Owner {
  tenant: string;
  /** What the evaluation belongs to: a run, or any other id that bounds what is done under it. */
  run?: string | undefined;
}

/** Characters of the sources whose parse is known; what is known of one is about as large as its source. */
const MAX_PARSED_CHARACTERS = 1_000_000;
/** What is known of a short source, in characters. */
const PARSED_CHARACTERS = 200;

/** Takes the place of a value that a thread will give. */
const OPEN = Symbol('open');

/** Reads and evaluates expressions; one per process. */
export interface Expressions {
  /** The expressions of a template; see `TemplateReader`. */
  read: TemplateReader['read'];
  /**
   * What an expression reads. @throws as `parseAll`, and an Error with `message` and `position` when it cannot be read
   */
  parse(source: string, owner: Owner): Promise<ParsedExpression>;
  /**
   * What each expression reads, or why it cannot be read. @throws ConnectorError ERR_EXPRESSION when a limit was
   * reached
   */
  parseAll(sources: readonly string[], owner: Owner): Promise<(ParsedExpression | Failure)[]>;
  /** The same for what `read` gave; of a template that is used again it is known. */
  parseRead(occurrences: readonly Occurrence[], owner: Owner): Promise<readonly (ParsedExpression | Failure)[]>;
  /**
   * The template with every expression replaced by its value in the scope. A plain path gives the scope's own value,
   * not a copy. @throws ConnectorError ERR_EXPRESSION naming the pointer and the expression, or the limit
   */
  evaluate(
    template: unknown,
    scope: ExpressionScope,
    how: { owner: Owner; pointer?: string; leave?: Leave },
  ): Promise<unknown>;
  close(): Promise<void>;
}

/** Opens what evaluates expressions. Threads start at the first one that is more than a plain path. */
export function openExpressions(limits = TIME_LIMITS): Expressions {
  const threads = openThreads();
  const budgets = createBudgets(limits.runMs);
  const cache = createBoundedCache<ParsedExpression | Failure>(MAX_PARSED_CHARACTERS);
  const { read } = createTemplateReader();
  const parsedOf = new WeakMap<readonly Occurrence[], readonly (ParsedExpression | Failure)[]>();

  return {
    read,
    parseRead: (occurrences, owner) => parseRead(occurrences, owner),
    async parse(source, owner) {
      const [parsed] = await parseAll([source], owner);
      if ('code' in parsed!) throw Object.assign(new Error(parsed.message), parsed);
      return parsed!;
    },
    parseAll: (sources, owner) => parseAll(sources, owner),
    async evaluate(template, scope, { owner, pointer = '', leave = () => false }) {
      const occurrences = await read(template, pointer);
      const inside = (occurrence: Occurrence) => ({ ...occurrence, pointer: pointer + occurrence.pointer });
      const unclosed = occurrences.find(({ isUnclosed }) => isUnclosed);
      if (unclosed !== undefined) throw failed(inside(unclosed), UNCLOSED);
      const values = occurrences.map(({ source, isWhole, isInList, pointer: at }): unknown => {
        const path = plainPath(source);
        if (path === undefined) return OPEN;
        return isWhole && !isInList && leave(path, pointer + at) ? undefined : readPath(path, scope);
      });
      const open = occurrences.filter((_, i) => values[i] === OPEN).map(inside);
      if (open.length === 0) return fillTemplate(template, values.values());
      const parsed = (await parseRead(occurrences, owner, open)).filter((_, i) => values[i] === OPEN);
      const found = (await evaluateAll(open, parsed, { scope, owner })).values();
      return fillTemplate(template, values.map((value) => (value === OPEN ? found.next().value : value)).values());
    },
    close: () => threads.close(),
  };

  async function parseAll(
    sources: readonly string[],
    owner: Owner,
    open: readonly Occurrence[] = [],
  ): Promise<(ParsedExpression | Failure)[]> {
    const found = new Map(sources.map((source) => [source, parsedHere(source) ?? cache.get(source)]));
    const unknown = [...found.keys()].filter((source) => found.get(source) === undefined);
    if (unknown.length > 0) {
      const { parsed } = (await run({ parse: unknown }, owner, open)) as Extract<Answer, { parsed: unknown }>;
      for (const [i, source] of unknown.entries()) {
        found.set(source, parsed[i]!);
        cache.set(source, parsed[i]!, PARSED_CHARACTERS);
      }
    }
    return sources.map((source) => found.get(source)!);
  }

  async function parseRead(
    occurrences: readonly Occurrence[],
    owner: Owner,
    open: readonly Occurrence[] = [],
  ): Promise<readonly (ParsedExpression | Failure)[]> {
    const known = parsedOf.get(occurrences);
    if (known !== undefined) return known;
    const parsed = await parseAll(
      occurrences.map(({ source }) => source),
      owner,
      open,
    );
    parsedOf.set(occurrences, parsed);
    return parsed;
  }

  async function evaluateAll(
    open: readonly Occurrence[],
    parsed: readonly (ParsedExpression | Failure)[],
    { scope, owner }: { scope: ExpressionScope; owner: Owner },
  ): Promise<unknown[]> {
    const sources = open.map(({ source }) => source);
    const reads: Reads[] = [];
    for (const [i, one] of parsed.entries()) {
      if ('code' in one) throw failed(open[i]!, one);
      reads.push(one.reads);
    }
    const answer = await run({ evaluate: sources, scope: pruneScope(scope, reads) }, owner, open);
    const { values, failure } = answer as Extract<Answer, { values: unknown }>;
    if (failure !== undefined) throw failed(open[values.length]!, failure);
    return values;
  }

  async function run(task: Task, { tenant, run: id }: Owner, open: readonly Occurrence[] = []): Promise<Answer> {
    const left = id === undefined ? limits.stepMs : budgets.left(id);
    if (left <= 0) throw stopped('budget', limits, open);
    const begun = performance.now();
    try {
      const { answer, cpuMs } = await threads.run(task, { tenant, maxMs: Math.min(limits.stepMs, left) });
      if (id !== undefined) budgets.spend(id, cpuMs);
      return answer;
    } catch (error) {
      // A process that leaves fails no step: another one evaluates again.
      if (!(error instanceof TaskStopped) || error.by === 'closed') throw error;
      // What it waited for its turn counts, too: how long it ran is not known.
      if (id !== undefined) budgets.spend(id, Math.min(performance.now() - begun, limits.stepMs));
      throw stopped(error.by === 'time' && left < limits.stepMs ? 'budget' : error.by, limits, open);
    }
  }
}

/** An expression that no thread is needed for: a plain path, or one that is not even looked at. */
function parsedHere(source: string): ParsedExpression | Failure | undefined {
  if (source.length > MAX_SOURCE_LENGTH) {
    const message = `is ${source.length} characters long; the limit is ${MAX_SOURCE_LENGTH}`;
    return { code: 'SOURCE_TOO_LONG', message };
  }
  const path = plainPath(source);
  if (path === undefined) return undefined;
  return { reads: { roots: [path.slice(0, MAX_READ_NAMES)], isWhole: false, counts: [] }, path, isPath: true };
}
