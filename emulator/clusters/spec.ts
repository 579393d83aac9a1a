import { invalid } from '../errors.ts';
import { NODE_TYPES, SPARK_VERSIONS } from './offer.ts';

/** Checks what the field tables cannot say about a cluster's configuration. @throws ApiError INVALID_PARAMETER_VALUE */
export function checkSpec(spec: Record<string, unknown>): void {
  if (!SPARK_VERSIONS.some((version) => version.key === spec.spark_version))
    throw invalid(
      `Invalid spark version ${spec.spark_version}. Known: ${SPARK_VERSIONS.map((version) => version.key).join(', ')}.`,
    );
  if (spec.instance_pool_id === undefined && spec.is_single_node !== true && spec.node_type_id === undefined)
    throw invalid('Missing required field: node_type_id');
  if (spec.node_type_id !== undefined && !NODE_TYPES.some((type) => type.node_type_id === spec.node_type_id)) {
    throw invalid(
      `Node type ${spec.node_type_id} is not supported. Supported node types: ${NODE_TYPES.map((type) => type.node_type_id).join(', ')}`,
    );
  }
  const autoscale = spec.autoscale as { min_workers?: number; max_workers?: number } | undefined;
  if (autoscale !== undefined && spec.num_workers !== undefined)
    throw invalid("'num_workers' and 'autoscale' cannot both be given.");
  if (autoscale === undefined && spec.num_workers === undefined && spec.is_single_node !== true)
    throw invalid("Missing required field: num_workers (or 'autoscale')");
  if (autoscale !== undefined && (autoscale.min_workers ?? 0) > (autoscale.max_workers ?? 0))
    throw invalid(
      `'autoscale.min_workers' (${autoscale.min_workers}) must not be more than 'autoscale.max_workers' (${autoscale.max_workers}).`,
    );
  if (typeof spec.num_workers === 'number' && spec.num_workers < 0)
    throw invalid(`'num_workers' must be at least 0; got ${spec.num_workers}.`);
  const idle = spec.autotermination_minutes as number | undefined;
  if (idle !== undefined && idle !== 0 && idle < 10)
    throw invalid(`'autotermination_minutes' must be 0 or at least 10; got ${idle}.`);
}
