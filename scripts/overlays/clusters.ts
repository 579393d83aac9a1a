import type { ActionManifest } from '../../connector/manifest.ts';
import type { OverlayGroup } from '../generate/overlay.ts';
import { CLUSTER_CHOICES } from './cluster-choices.ts';
import { CLUSTER_FIELDS } from './cluster-fields.ts';
import { CLUSTER, CLUSTER_POLICY } from './options.ts';
import { limit, tokenPages } from './paging.ts';
import { waiting } from './waiting.ts';

const ID = '0923-164208-meows279';
const shared = {
  cluster_id: ID,
  cluster_name: 'shared',
  state: 'RUNNING',
  spark_version: '15.4.x-scala2.12',
  node_type_id: 'i3.xlarge',
  num_workers: 1,
  autotermination_minutes: 60,
};
const ECHO = {
  cluster_id: { title: 'Cluster ID', type: 'string' },
  state: { title: 'State', description: 'Last known state. Only set if the run waited.', type: 'string' },
};
const MANAGE = ['Can manage on the cluster'];

const STARTED_AGAIN = {
  condition: { state: ['PENDING', 'RUNNING', 'RESTARTING', 'RESIZING'] },
  after_seconds: 120,
  message: 'the cluster was started again while it terminated',
  hint: 'Jobs and notebooks start a cluster automatically. Stop what uses it, or do not wait for the end.',
};

function waitFor(state: 'RUNNING' | 'TERMINATED', id: string): ActionManifest['await'] {
  return {
    when: '$options.wait_for_completion',
    request: { method: 'GET', path: '/api/2.1/clusters/get', query: { cluster_id: id } },
    success: { state: [state] },
    failure: { state: state === 'RUNNING' ? ['ERROR', 'TERMINATED'] : ['ERROR'] },
    code: 'termination_reason.code',
    message: 'state_message',
    details: 'termination_reason.parameters',
    ...(state === 'TERMINATED' ? { undone: STARTED_AGAIN } : {}),
    interval_seconds: [2, 15],
    timeout_seconds: '$options.timeout_seconds',
    on_timeout: 'leave',
  };
}

const NOT_FOUND: NonNullable<ActionManifest['errors']> = [
  {
    when: { status: [400], message: 'does not exist' },
    kind: 'not_found',
    hint: 'Check the cluster ID. Query Clusters lists the clusters of the last 30 days.',
  },
];
const STATE: NonNullable<ActionManifest['errors']> = [
  {
    when: { code: ['INVALID_STATE'] },
    kind: 'conflict',
    hint: 'The cluster is in a different state. Wait until the state is stable.',
  },
];

const RUNS_ALREADY: NonNullable<ActionManifest['errors']>[number] = {
  when: { code: ['INVALID_STATE'], message: 'unexpected state (Running|Resizing)' },
  result: { cluster_id: '$input.cluster_id', state: 'RUNNING' },
};

export const clusters: OverlayGroup = {
  facts: 'clusters',
  group: 'Clusters',
  fields: {
    ...CLUSTER_FIELDS,
    cluster_id: { title: 'Cluster', description: 'ID of the cluster.', options: CLUSTER, examples: [ID] },
    restart_user: { title: 'Restarted by', description: 'User name that the event log shows.' },
    filter_by: { title: 'Filter', description: 'Only clusters that match all of these conditions.' },
    cluster_sources: { title: 'Made by', description: 'What created the cluster.' },
    cluster_states: { title: 'States', description: 'Only clusters in one of these states.' },
    is_pinned: { title: 'Pinned', description: 'Only pinned clusters, or only others.' },
    sort_by: { title: 'Sort', description: 'Default: by state.' },
    direction: { title: 'Direction', description: 'Rising or falling.' },
    field: { title: 'Field', description: 'What to sort by.' },
    page_size: {
      title: 'Page size',
      description: 'Reads a single page of at most this size.',
      schema: { minimum: 1 },
    },
    page_token: { title: 'Page token', description: 'Reads a single page starting here.' },
  },
  actions: [
    {
      name: 'create_cluster',
      op: 'clusters.create',
      title: 'Create Cluster',
      description: 'Creates and starts a cluster, and can wait until it is running.',
      docs: 'clusters/create',
      effect: 'once',
      grants: ['Unrestricted cluster creation, or permission to use a cluster policy'],
      main: [
        'cluster_name',
        'spark_version',
        'node_type_id',
        'num_workers',
        'autoscale',
        'autotermination_minutes',
        'policy_id',
        'data_security_mode',
      ],
      options: waiting('the cluster is running'),
      await: waitFor('RUNNING', '$start.cluster_id'),
      result: { cluster_id: '$start.cluster_id', state: '$last.state' },
      ownOutput: true,
      output: ECHO,
      errors: [
        {
          when: { message: 'quota|limit' },
          kind: 'failed',
          hint: 'A quota of the cloud account or of the workspace is exhausted.',
        },
      ],
      examples: [
        {
          title: 'One worker, terminated after an idle hour',
          input: {
            cluster_name: 'etl',
            spark_version: '15.4.x-scala2.12',
            node_type_id: 'i3.xlarge',
            num_workers: 1,
            autotermination_minutes: 60,
          },
          output: { cluster_id: '0924-071500-abcd1234' },
        },
      ],
    },
    {
      name: 'list_clusters',
      op: 'clusters.list',
      code: true,
      title: 'List Clusters',
      description: 'Lists pinned, running and starting clusters.',
      docs: 'clusters/list',
      effect: 'safe',
      grants: ['Can attach to on the clusters'],
      main: ['max_items'],
      fields: {
        filter_by: {
          title: 'Filter',
          description: 'Instead of the active states, only clusters that match all of these conditions.',
        },
      },
      own: limit('clusters'),
      output: tokenPages('clusters', 'clusters', { manualInputs: [] }).output,
      examples: [{ title: 'All that are active', input: {}, output: { clusters: [shared], more: false } }],
    },
    {
      name: 'get_cluster_info',
      op: 'clusters.getClusterInfo',
      title: 'Get Cluster Info',
      description: 'Gets the settings and state of a cluster, up to 60 days after its termination.',
      docs: 'clusters/get',
      effect: 'safe',
      grants: ['Can attach to on the cluster'],
      main: ['cluster_id'],
      errors: NOT_FOUND,
      examples: [{ title: 'By ID', input: { cluster_id: ID }, output: shared }],
    },
    {
      name: 'query_clusters',
      op: 'clusters.queryClusters',
      title: 'Query Clusters',
      description: 'Lists pinned, active and recently terminated clusters, filtered and sorted.',
      docs: 'clusters/list',
      effect: 'safe',
      grants: ['Can attach to on the clusters'],
      main: ['filter_by', 'sort_by', 'max_items'],
      fields: { policy_id: { title: 'Policy', description: 'Only clusters of this policy.', options: CLUSTER_POLICY } },
      ...tokenPages('clusters', 'clusters', {
        sizeParam: 'page_size',
        size: 100,
        manualInputs: ['page_token', 'page_size'],
      }),
      examples: [
        {
          title: 'What failed or ended',
          input: {
            filter_by: { cluster_states: ['TERMINATED', 'ERROR'] },
            sort_by: { field: 'CLUSTER_NAME', direction: 'ASC' },
          },
          output: { clusters: [{ ...shared, state: 'TERMINATED' }], more: false },
        },
      ],
    },
    {
      name: 'start_cluster',
      op: 'clusters.start',
      title: 'Start Cluster',
      description:
        'Starts a terminated cluster with its previous settings and can wait until it is running; a running cluster does not change.',
      docs: 'clusters/start',
      effect: 'idempotent',
      grants: ['Can restart on the cluster'],
      main: ['cluster_id'],
      options: waiting('the cluster is running'),
      await: waitFor('RUNNING', '$input.cluster_id'),
      result: { cluster_id: '$input.cluster_id', state: '$last.state' },
      ownOutput: true,
      output: ECHO,
      errors: [RUNS_ALREADY, ...STATE, ...NOT_FOUND],
      examples: [{ title: 'Start and return immediately', input: { cluster_id: ID }, output: { cluster_id: ID } }],
    },
    {
      name: 'restart_cluster',
      op: 'clusters.restart',
      title: 'Restart Cluster',
      description: 'Restarts a running cluster and can wait until it is running again.',
      docs: 'clusters/restart',
      effect: 'once',
      grants: ['Can restart on the cluster'],
      main: ['cluster_id'],
      options: waiting('the cluster is running again'),
      await: waitFor('RUNNING', '$input.cluster_id'),
      result: { cluster_id: '$input.cluster_id', state: '$last.state' },
      ownOutput: true,
      output: ECHO,
      errors: [...STATE, ...NOT_FOUND],
      examples: [{ title: 'Restart and return at once', input: { cluster_id: ID }, output: { cluster_id: ID } }],
    },
    {
      name: 'terminate_cluster',
      op: 'clusters.terminate',
      title: 'Terminate Cluster',
      description: 'Terminates a cluster but keeps its settings, and can wait until it has terminated.',
      docs: 'clusters/delete',
      effect: 'idempotent',
      grants: ['Can restart on the cluster'],
      main: ['cluster_id'],
      options: waiting('the cluster has terminated'),
      await: waitFor('TERMINATED', '$input.cluster_id'),
      result: { cluster_id: '$input.cluster_id', state: '$last.state' },
      ownOutput: true,
      output: ECHO,
      errors: NOT_FOUND,
      examples: [{ title: 'Terminate and return immediately', input: { cluster_id: ID }, output: { cluster_id: ID } }],
    },
    {
      name: 'delete_cluster',
      op: 'clusters.delete',
      title: 'Delete Cluster',
      description: 'Terminates and deletes a cluster permanently.',
      docs: 'clusters/permanentdelete',
      effect: 'idempotent',
      grants: MANAGE,
      main: ['cluster_id'],
      result: { cluster_id: '$input.cluster_id' },
      ownOutput: true,
      output: { cluster_id: ECHO.cluster_id },
      errors: [{ when: { message: 'pinned' }, kind: 'conflict', hint: 'Unpin the cluster first.' }, ...NOT_FOUND],
      examples: [
        {
          title: 'By ID',
          input: { cluster_id: '0924-071500-abcd1234' },
          output: { cluster_id: '0924-071500-abcd1234' },
        },
      ],
    },
    ...CLUSTER_CHOICES,
  ],
};
