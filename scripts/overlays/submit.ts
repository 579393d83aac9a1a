import type { Fact, FactGroup, FactSchema } from '../generate/facts.ts';

const ref = (name: string): FactSchema => ({ $ref: `#/definitions/${name}` });
const listOf = (name: string): FactSchema => ({ type: 'array', items: ref(name) });

/**
 * Runs Submit, which the facts only name. Its fields are those of a job's tasks and settings that make sense for one run
 * (databricks-sdk-py 0.133.0, jobs.submit).
 */
export function withSubmit(facts: FactGroup): FactGroup {
  const { job_cluster_key: _jobClusters, ...task } = facts.definitions.Task!.properties!;
  const submitTask: FactSchema = {
    ...facts.definitions.Task!,
    properties: { ...task, email_notifications: ref('JobEmailNotifications') },
  };
  const submit: Fact = {
    id: 'jobs.submit',
    method: 'POST',
    path: '/api/2.2/jobs/runs/submit',
    pathParams: [],
    query: [],
    body: {
      type: 'object',
      properties: {
        access_control_list: listOf('JobAccessControlRequest'),
        budget_policy_id: { type: 'string' },
        email_notifications: ref('JobEmailNotifications'),
        environment_variables: listOf('JobEnvironmentVariables'),
        environments: listOf('JobEnvironment'),
        git_source: ref('GitSource'),
        health: ref('JobsHealthRules'),
        idempotency_token: { type: 'string', maxLength: 64 },
        notification_settings: ref('JobNotificationSettings'),
        performance_target: ref('PerformanceTarget'),
        queue: ref('QueueSettings'),
        run_as: ref('JobRunAs'),
        run_name: { type: 'string' },
        tags: { type: 'object', additionalProperties: { type: 'string' } },
        tasks: { type: 'array', items: ref('SubmitTask'), maxItems: 1000 },
        timeout_seconds: { type: 'integer' },
        usage_policy_id: { type: 'string' },
        webhook_notifications: ref('WebhookNotifications'),
      },
    },
    response: { type: 'object', properties: { run_id: { type: 'integer', $comment: 'int64' } } },
  };
  return {
    operations: new Map([...facts.operations, [submit.id, submit]]),
    definitions: { ...facts.definitions, SubmitTask: submitTask },
  };
}
