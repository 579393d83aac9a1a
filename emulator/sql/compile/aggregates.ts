import type { Call, Expr } from './ast.ts';

const AGGREGATES = new Set(
  'count sum avg mean max min max_by min_by first first_value any_value last last_value collect_list array_agg collect_set percentile percentile_cont percentile_disc percentile_approx approx_percentile listagg string_agg approx_count_distinct count_if bool_and every bool_or some any stddev stddev_samp std stddev_pop variance var_samp var_pop corr covar_pop covar_samp median skewness kurtosis bit_and bit_or bit_xor mode regr_count regr_slope regr_intercept regr_r2 regr_avgx regr_avgy regr_sxx regr_sxy regr_syy try_sum try_avg approx_top_k'.split(
    ' ',
  ),
);

/** The first aggregate of an expression, outside of subqueries and windows. */
export function findAggregate(e: unknown): Expr | undefined {
  if (e === null || typeof e !== 'object') return undefined;
  if (Array.isArray(e)) {
    for (const item of e) {
      const found = findAggregate(item);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  const node = e as Expr;
  if (node.k === 'query' || node.k === 'exists') return undefined;
  if (isAggregate(node as Call)) return node;
  for (const [name, child] of Object.entries(node)) {
    if (name === 'query' || name === 'type') continue;
    const found = findAggregate(child);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether a node is a call of an aggregate, outside of a window. */
export function isAggregate(node: Call): boolean {
  return node.k === 'call' && AGGREGATES.has(node.name) && node.over === undefined;
}
