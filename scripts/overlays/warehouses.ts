import type { ActionManifest } from '../../connector/manifest.ts';
import type { OverlayGroup } from '../generate/overlay.ts';
import { INSTANCE_PROFILE, WAREHOUSE } from './options.ts';
import { tokenPages } from './paging.ts';
import { waiting } from './waiting.ts';

const ID = '4f1c2b3a9d8e7f60';
const starter = {
  id: ID,
  name: 'Starter Warehouse',
  cluster_size: '2X-Small',
  state: 'RUNNING',
  warehouse_type: 'PRO',
  auto_stop_mins: 10,
  min_num_clusters: 1,
  max_num_clusters: 1,
};
const ECHO = {
  id: { title: 'Warehouse ID', type: 'string' },
  state: { title: 'State', description: 'Last known state. Only set if the run waited.', type: 'string' },
};

const FAILED_START = {
  code: ['health.failure_reason.code', 'state'],
  message: ['health.details', 'health.summary'],
  details: 'health.failure_reason.parameters',
};
const STARTED_AGAIN = {
  condition: { state: ['STARTING', 'RUNNING'] },
  after_seconds: 120,
  message: 'the warehouse was started again while it was stopping',
  hint: 'Syncs, schedules, dashboards and queries start a warehouse automatically. Pause what uses it, or do not wait for the end.',
};

function waitFor(state: 'RUNNING' | 'STOPPED', id: string): ActionManifest['await'] {
  return {
    when: '$options.wait_for_completion',
    request: { method: 'GET', path: `/api/2.0/sql/warehouses/${id}` },
    success: { state: [state] },
    failure: { state: state === 'RUNNING' ? ['STOPPED', 'DELETED'] : ['DELETED'] },
    ...(state === 'RUNNING' ? FAILED_START : { code: 'state', message: 'health.summary', undone: STARTED_AGAIN }),
    interval_seconds: [1, 10],
    timeout_seconds: '$options.timeout_seconds',
    on_timeout: 'leave',
  };
}

const NOT_FOUND: NonNullable<ActionManifest['errors']> = [
  {
    when: { status: [404] },
    kind: 'not_found',
    hint: 'Check the warehouse ID. Query Warehouses lists the existing ones.',
  },
];
const NAME_TAKEN: NonNullable<ActionManifest['errors']> = [
  {
    when: { status: [400, 409], message: 'already exists' },
    kind: 'conflict',
    hint: 'Choose a name that no other warehouse uses.',
  },
];
const SIZE = {
  title: 'Size',
  description: 'Size of each cluster. Each larger size doubles speed and cost.',
  schema: {
    examples: null,
    enum: [
      '2X-Small',
      'X-Small',
      'Small',
      'Medium',
      'Large',
      'X-Large',
      '2X-Large',
      '3X-Large',
      '4X-Large',
      '5X-Large',
    ],
  },
};

export const warehouses: OverlayGroup = {
  facts: 'warehouses',
  group: 'SQL Warehouses',
  fields: {
    id: { title: 'Warehouse', description: 'ID of the SQL warehouse.', options: WAREHOUSE, examples: [ID] },
    name: {
      title: 'Name',
      description: 'Unique in the workspace. Fewer than 100 characters.',
      schema: { minLength: 1 },
    },
    cluster_size: SIZE,
    auto_stop_mins: {
      title: 'Stop after (minutes idle)',
      description: '0 never stops; otherwise at least 10, or 1 for serverless.',
      schema: { default: null },
    },
    min_num_clusters: {
      title: 'Min clusters',
      description: 'Clusters that keep running for concurrent queries.',
      schema: { default: null },
    },
    max_num_clusters: {
      title: 'Max clusters',
      description: 'Upper limit for clusters that are added when queries queue. At least the minimum.',
      schema: { minimum: 1 },
    },
    warehouse_type: { title: 'Type', description: 'Serverless requires PRO.' },
    enable_serverless_compute: {
      title: 'Serverless',
      description: 'Runs in the account of Databricks and starts in seconds. Requires type PRO.',
      when: { warehouse_type: ['PRO'] },
    },
    enable_photon: {
      title: 'Photon',
      description: 'Uses the Photon engine. Default: on.',
      schema: { default: null },
    },
    spot_instance_policy: { title: 'Spot instances', description: 'Whether to optimize for cost or reliability.' },
    channel: { title: 'Channel', description: 'Which release of Databricks SQL to run.' },
    'Channel.name': { title: 'Name', description: 'Current, preview, previous or a custom release.' },
    'Channel.dbsql_version': { title: 'Version', description: 'For a custom channel: the release.' },
    tags: { title: 'Tags', description: 'Added to every cloud resource of the warehouse, for billing.' },
    'EndpointTags.custom_tags': { title: 'Tags', description: 'Fewer than 45.' },
    'EndpointTagPair.key': { title: 'Key', description: 'Name of the tag.' },
    'EndpointTagPair.value': { title: 'Value', description: 'Value of the tag.' },
    creator_name: { title: 'Creator', description: 'User name of the creator.' },
    instance_profile_arn: {
      title: 'Instance profile',
      description: 'AWS instance profile of the clusters.',
      options: INSTANCE_PROFILE,
    },
    run_as_user_id: { title: 'Run as', description: 'ID of the user whose permissions apply to the list.' },
    page_size: {
      title: 'Page size',
      description: 'Reads a single page of at most this size.',
      schema: { minimum: 1 },
    },
    page_token: { title: 'Page token', description: 'Reads a single page starting here.' },
  },
  actions: [
    {
      name: 'query_warehouses',
      op: 'warehouses.query',
      title: 'Query Warehouses',
      description: 'Lists the SQL warehouses that you can use or manage.',
      docs: 'warehouses/list',
      effect: 'safe',
      main: ['max_items'],
      ...tokenPages('warehouses', 'warehouses', { manualInputs: ['page_token', 'page_size'] }),
      examples: [{ title: 'All warehouses', input: {}, output: { warehouses: [starter], more: false } }],
    },
    {
      name: 'create_warehouse',
      op: 'warehouses.create',
      title: 'Create Warehouse',
      description: 'Creates and starts a SQL warehouse, and can wait until it is running.',
      docs: 'warehouses/create',
      effect: 'once',
      grants: ['Permission to create SQL warehouses'],
      main: [
        'name',
        'cluster_size',
        'auto_stop_mins',
        'warehouse_type',
        'enable_serverless_compute',
        'max_num_clusters',
      ],
      required: ['name', 'cluster_size'],
      options: waiting('the warehouse is running'),
      await: waitFor('RUNNING', '{start.id}'),
      result: { id: '$start.id', state: '$last.state' },
      ownOutput: true,
      output: ECHO,
      errors: NAME_TAKEN,
      examples: [
        {
          title: 'Small warehouse that stops after 10 idle minutes',
          input: { name: 'reporting', cluster_size: 'Small', auto_stop_mins: 10 },
          output: { id: '9a8b7c6d5e4f3a2b' },
        },
      ],
    },
    {
      name: 'retrieve_warehouse',
      op: 'warehouses.retrieve',
      title: 'Retrieve Warehouse',
      description: 'Gets the settings, state and health of a SQL warehouse.',
      docs: 'warehouses/get',
      effect: 'safe',
      grants: ['Can view on the warehouse'],
      main: ['id'],
      errors: NOT_FOUND,
      examples: [{ title: 'By ID', input: { id: ID }, output: starter }],
    },
    {
      name: 'update_warehouse',
      op: 'warehouses.update',
      title: 'Update Warehouse',
      description: 'Updates the settings of a SQL warehouse; a running warehouse restarts its clusters.',
      docs: 'warehouses/edit',
      effect: 'idempotent',
      grants: ['Can manage on the warehouse'],
      main: ['id', 'name', 'cluster_size', 'auto_stop_mins', 'max_num_clusters'],
      result: { id: '$input.id' },
      ownOutput: true,
      output: { id: ECHO.id },
      errors: [...NAME_TAKEN, ...NOT_FOUND],
      examples: [{ title: 'Stop after 20 idle minutes', input: { id: ID, auto_stop_mins: 20 }, output: { id: ID } }],
    },
    {
      name: 'start_warehouse',
      op: 'warehouses.start',
      title: 'Start Warehouse',
      description: 'Starts a stopped SQL warehouse and can wait until it is running.',
      docs: 'warehouses/start',
      effect: 'idempotent',
      grants: ['Can monitor, can use or can manage on the warehouse'],
      main: ['id'],
      options: waiting('the warehouse is running'),
      await: waitFor('RUNNING', '{input.id}'),
      result: { id: '$input.id', state: '$last.state' },
      ownOutput: true,
      output: ECHO,
      errors: NOT_FOUND,
      examples: [{ title: 'Start and return immediately', input: { id: ID }, output: { id: ID } }],
    },
    {
      name: 'stop_warehouse',
      op: 'warehouses.stop',
      title: 'Stop Warehouse',
      description: 'Stops a SQL warehouse and its running queries, and can wait until it has stopped.',
      docs: 'warehouses/stop',
      effect: 'idempotent',
      grants: ['Can monitor, can use or can manage on the warehouse'],
      main: ['id'],
      options: waiting('the warehouse has stopped; fails after two minutes if it was started again'),
      await: waitFor('STOPPED', '{input.id}'),
      result: { id: '$input.id', state: '$last.state' },
      ownOutput: true,
      output: ECHO,
      errors: NOT_FOUND,
      examples: [{ title: 'Stop and return immediately', input: { id: ID }, output: { id: ID } }],
    },
    {
      name: 'delete_warehouse',
      op: 'warehouses.delete',
      title: 'Delete Warehouse',
      description: 'Deletes a SQL warehouse; an administrator can restore it for 14 days.',
      docs: 'warehouses/delete',
      effect: 'idempotent',
      grants: ['Can manage on the warehouse'],
      main: ['id'],
      result: { id: '$input.id' },
      ownOutput: true,
      output: { id: ECHO.id },
      errors: NOT_FOUND,
      examples: [{ title: 'By ID', input: { id: '9a8b7c6d5e4f3a2b' }, output: { id: '9a8b7c6d5e4f3a2b' } }],
    },
  ],
};
