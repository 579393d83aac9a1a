import { type Client, type Reply, until } from './client.ts';

export const JOBS = '/api/2.2/jobs';

/** A task with a notebook, of which the emulator knows only what its parameters say. */
export function notebook(task_key: string, base_parameters: Record<string, string> = {}, more: object = {}) {
  return { task_key, notebook_task: { notebook_path: `/Shared/${task_key}`, base_parameters }, ...more };
}

/** Creates jobs and runs them in the workspace of a file. */
export function jobsIn(workspace: () => Client) {
  const get = (id: bigint): Promise<Reply> =>
    workspace().send('GET', `${JOBS}/runs/get?run_id=${id}&include_resolved_values=true&include_history=true`);
  return {
    create: async (settings: object): Promise<bigint> =>
      (await workspace().send('POST', `${JOBS}/create`, settings)).json.job_id,
    run: async (body: object): Promise<bigint> => {
      const { status, json, text } = await workspace().send('POST', `${JOBS}/run-now`, body);
      if (status !== 200) throw new Error(text);
      return json.run_id;
    },
    get,
    /** The run as it ended. */
    ended: async (id: bigint) =>
      (
        await until(
          () => get(id),
          (reply) => reply.json.status.state === 'TERMINATED',
        )
      ).json,
    output: async (id: bigint) => (await workspace().send('GET', `${JOBS}/runs/get-output?run_id=${id}`)).json,
  };
}
