/** A template of cluster policies that Databricks keeps. */
export interface PolicyFamily {
  policy_family_id: string;
  name: string;
  description: string;
  /** JSON. */
  definition: string;
}

/** The policy families that every workspace has; their definitions are shortened to what bounds a cluster's size. */
export const FAMILIES: PolicyFamily[] = [
  family('job-cluster', 'Job Compute', 'Use with the default job compute for batch workflows.', {
    cluster_type: { type: 'fixed', value: 'job' },
  }),
  family(
    'personal-vm',
    'Personal Compute',
    'Use with small-to-medium data or libraries like pandas and scikit-learn.',
    {
      num_workers: { type: 'fixed', value: 0 },
    },
  ),
  family('power-user', 'Power User Compute', 'Use with larger data or ad hoc exploration of data with large joins.', {
    autotermination_minutes: { type: 'unlimited', defaultValue: 4320 },
  }),
  family('shared-compute', 'Shared Compute', 'Use with a group of users to share interactive compute.', {
    data_security_mode: { type: 'fixed', value: 'USER_ISOLATION' },
  }),
];

function family(policy_family_id: string, name: string, description: string, rules: object): PolicyFamily {
  return { policy_family_id, name, description, definition: JSON.stringify(rules) };
}
