import { invalid } from '../errors.ts';
import { latestMetrics, type MlRun } from './ml-run.ts';

const TERM =
  /^\s*(metrics?|params?|parameters?|tags?|attributes?|attr)\.(?:`([^`]+)`|"([^"]+)"|([\w.-]+))\s*(>=|<=|!=|=|>|<|LIKE|ILIKE)\s*(?:'([^']*)'|"([^"]*)"|(-?[\d.]+(?:e[+-]?\d+)?))\s*$/i;

/** Reads a filter of `runs/search`: comparisons joined with AND. @throws ApiError INVALID_PARAMETER_VALUE for anything else. */
export function parseRunFilter(source: string): (run: MlRun) => boolean {
  if (source.trim() === '') return () => true;
  const terms = source.split(/\sand\s/i).map((text) => {
    const match = TERM.exec(text);
    if (match === null) throw invalid(`Invalid clause(s) in filter string: '${text}'.`);
    const [, kind = '', backquoted, quoted, bare, operator = '', single, double, number] = match;
    const key = backquoted ?? quoted ?? bare ?? '';
    return (run: MlRun) =>
      holds(attributeOf(run, kind.toLowerCase(), key), operator.toUpperCase(), single ?? double ?? Number(number));
  });
  return (run) => terms.every((term) => term(run));
}

function attributeOf(run: MlRun, kind: string, key: string): string | number | undefined {
  if (kind.startsWith('metric')) return latestMetrics(run).find((metric) => metric.key === key)?.value;
  if (kind.startsWith('param')) return run.params[key];
  if (kind.startsWith('tag')) return run.tags[key];
  const value = (run as unknown as Record<string, unknown>)[key];
  return typeof value === 'string' || typeof value === 'number' ? value : undefined;
}

function holds(value: string | number | undefined, operator: string, given: string | number): boolean {
  if (value === undefined) return false;
  switch (operator) {
    case '=':
      return String(value) === String(given);
    case '!=':
      return String(value) !== String(given);
    case '>':
      return Number(value) > Number(given);
    case '>=':
      return Number(value) >= Number(given);
    case '<':
      return Number(value) < Number(given);
    case '<=':
      return Number(value) <= Number(given);
    default: {
      const source = String(given)
        .replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
        .replaceAll('%', '.*')
        .replaceAll('_', '.');
      return new RegExp(`^${source}$`, operator === 'ILIKE' ? 'i' : '').test(String(value));
    }
  }
}
