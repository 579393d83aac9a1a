import { invalid } from '../errors.ts';
import { listAnswer, route } from '../objects.ts';
import type { Route } from '../router.ts';
import type { Policies } from './policies.ts';

/** What compliance is told of: the configurations of clusters and jobs. */
export interface ComplianceLookups {
  policies: Pick<Policies, 'violations'>;
  /** Configurations of clusters by their id. */
  clusters(): Map<string, Record<string, unknown>>;
  /** Configurations of the new clusters of each job, by job id. */
  jobs(): Map<string, Record<string, unknown>[]>;
}

const CLUSTERS = '/api/2.0/policies/clusters';
const JOBS = '/api/2.0/policies/jobs';

/** Whether clusters and jobs keep to their policies, which may have changed since they were made. Nothing is enforced. */
export function complianceRoutes({ policies, clusters, jobs }: ComplianceLookups): Route[] {
  const ofCluster = (spec: Record<string, unknown>) => {
    const violations = policies.violations(spec);
    return { is_compliant: Object.keys(violations).length === 0, violations };
  };
  const ofJob = (specs: Record<string, unknown>[]) => {
    const violations = Object.assign({}, ...specs.map((spec) => policies.violations(spec))) as Record<string, string>;
    return { is_compliant: Object.keys(violations).length === 0, violations };
  };
  return [
    route('GET', `${CLUSTERS}/get-compliance`, ({ query }) => {
      const spec = clusters().get(String(query.cluster_id));
      if (spec === undefined) throw invalid(`Cluster ${query.cluster_id} does not exist`);
      return { json: ofCluster(spec) };
    }),
    route('GET', `${CLUSTERS}/list-compliance`, ({ query }) => {
      const found = [...clusters()].filter(([, spec]) => spec.policy_id === query.policy_id);
      const list = found.map(([cluster_id, spec]) => ({ cluster_id, ...ofCluster(spec) }));
      return listAnswer('clusters', list, query, { list: `compliance ${query.policy_id}` });
    }),
    route('GET', `${JOBS}/get-compliance`, ({ query }) => {
      const specs = jobs().get(String(query.job_id));
      if (specs === undefined) throw invalid(`Job ${query.job_id} does not exist.`);
      return { json: ofJob(specs) };
    }),
    route('GET', `${JOBS}/list-compliance`, ({ query }) => {
      const found = [...jobs()].filter(([, specs]) => specs.some((spec) => spec.policy_id === query.policy_id));
      const list = found.map(([id, specs]) => ({ job_id: BigInt(id), ...ofJob(specs) }));
      return listAnswer('jobs', list, query, { list: `job compliance ${query.policy_id}` });
    }),
  ];
}
