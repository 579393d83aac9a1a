import type { ActionManifest, JsonObject } from '../../connector/manifest.ts';

/** Where a run says why it ended; a service may have only the legacy `state`. */
export const RUN_WORDS = {
  code: ['status.termination_details.code', 'state.result_state', 'state.life_cycle_state'],
  message: ['status.termination_details.message', 'state.state_message'],
};

/** Waits for a run; what failed in it is asked of the failed task. `id` is a reference to the run's id. */
export function waitForRun(id: string): ActionManifest['await'] {
  return {
    when: '$options.wait_for_completion',
    request: { method: 'GET', path: '/api/2.2/jobs/runs/get', query: { run_id: id } },
    success: [
      {
        'status.state': ['TERMINATED'],
        'status.termination_details.code': ['SUCCESS', 'SUCCESS_WITH_FAILURES'],
      },
      { status: [null], 'state.result_state': ['SUCCESS', 'SUCCESS_WITH_FAILURES'] },
    ],
    failure: [
      { 'status.state': ['TERMINATED'] },
      { status: [null], 'state.life_cycle_state': ['TERMINATED', 'SKIPPED', 'INTERNAL_ERROR'] },
    ],
    ...RUN_WORDS,
    explain: 'job_run_failure',
    interval_seconds: [2, 30],
    timeout_seconds: '$options.timeout_seconds',
    on_timeout: 'leave',
    cancel: { method: 'POST', path: '/api/2.2/jobs/runs/cancel', body: { run_id: id } },
    // 25 are the most on a page.
    list: {
      request: { method: 'GET', path: '/api/2.2/jobs/runs/list', query: { active_only: true, limit: 25 } },
      items: 'runs',
      key: 'run_id',
      of: id,
      next: 'next_page_token',
      param: 'page_token',
    },
  };
}

/** State and outcome of a run, only known when the run waited. */
export const RUN_OUTPUT: JsonObject = {
  run_id: { title: 'Run ID', type: 'string', format: 'int64' },
  state: { title: 'State', description: 'Only set if the run waited.', type: 'string', examples: ['TERMINATED'] },
  outcome: {
    title: 'Outcome',
    description: 'Only set if the run waited.',
    type: 'string',
    examples: ['SUCCESS', 'SUCCESS_WITH_FAILURES'],
  },
  url: { title: 'Run page', type: 'string' },
};

/** What the output says of a run. */
export const RUN_RESULT = {
  run_id: '$start.run_id',
  state: { $first: ['$last.status.state', '$last.state.life_cycle_state'] },
  outcome: { $first: ['$last.status.termination_details.code', '$last.state.result_state'] },
  url: '$last.run_page_url',
};
