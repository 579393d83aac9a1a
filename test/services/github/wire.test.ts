import { Octokit } from 'octokit';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../../connector/manifest.ts';
import { sample } from '../../manifests/sample.ts';
import { shippedManifests } from '../../shipped-manifests.ts';
import { openGitHub } from './account.ts';
import { startRecorder } from './recorder.ts';

const manifests = await shippedManifests();

/** The method of the official client for each action; `http_request` is its plain `request`. */
const CALLS: { [action: string]: string } = {
  add_labels: 'issues.addLabels',
  cancel_workflow_run: 'actions.cancelWorkflowRun',
  create_commit_status: 'repos.createCommitStatus',
  create_issue: 'issues.create',
  create_issue_comment: 'issues.createComment',
  create_pull_request: 'pulls.create',
  create_ref: 'git.createRef',
  create_release: 'repos.createRelease',
  dispatch_workflow: 'actions.createWorkflowDispatch',
  get_content: 'repos.getContent',
  get_issue: 'issues.get',
  get_workflow_run: 'actions.getWorkflowRun',
  list_pull_requests: 'pulls.list',
  list_repository_issues: 'issues.listForRepo',
  list_workflow_runs: 'actions.listWorkflowRuns',
  merge_pull_request: 'pulls.merge',
  put_content: 'repos.createOrUpdateFileContents',
  rerun_workflow_run: 'actions.reRunWorkflow',
  search_issues: 'search.issuesAndPullRequests',
  update_issue: 'issues.update',
};
/** The actions that the connector must have and that must be compared, beside `http_request`. A further one may be compared. */
const PROMISED = [
  'add_labels',
  'cancel_workflow_run',
  'create_commit_status',
  'create_issue',
  'create_issue_comment',
  'create_pull_request',
  'create_ref',
  'create_release',
  'dispatch_workflow',
  'get_content',
  'get_issue',
  'get_workflow_run',
  'list_pull_requests',
  'list_repository_issues',
  'list_workflow_runs',
  'merge_pull_request',
  'put_content',
  'rerun_workflow_run',
  'search_issues',
  'update_issue',
];
const FORMATS: { [format: string]: string } = { 'date-time': '2026-01-02T03:04:05Z', byte: 'aGkgw6k=' };

/** Texts of some formats are of no use to a sample. */
function withFormats(schema: JsonObject, value: JsonObject): JsonObject {
  const properties = (schema.properties ?? {}) as { [name: string]: JsonObject };
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => {
      const field = properties[name] ?? {};
      if (field.type === 'object' && field.properties !== undefined)
        return [name, withFormats(field, item as JsonObject)];
      return [name, FORMATS[String(field.format)] ?? item];
    }),
  );
}

function inputsOf(id: string): { full: JsonObject; minimal: JsonObject } {
  const { input } = manifests.actions.get(id)!.manifest;
  const full = withFormats(input, sample(input, 'full'));
  // The official client writes a plus of a query as a space.
  if (typeof full.q === 'string') full.q = full.q.replace('+', '-');
  // Of a title and an issue, one is required.
  const required = [...((input.required ?? []) as string[]), ...(input.anyOf === undefined ? [] : ['title'])];
  return { full, minimal: Object.fromEntries(required.map((name) => [name, full[name]!])) };
}

async function octokitSends(octokit: Octokit, id: string, input: JsonObject): Promise<unknown> {
  const [group, method] = CALLS[id]!.split('.') as [keyof Octokit['rest'], string];
  const call = (octokit.rest[group] as unknown as { [name: string]: (input: object) => Promise<unknown> })[method]!;
  return call(input);
}

test('each action that the connector must have is compared, and what is compared is there', () => {
  const ids = [...manifests.actions.keys()].filter((id) => id.startsWith('github.')).map((id) => id.slice(7));

  expect(Object.keys(CALLS)).toEqual(expect.arrayContaining(PROMISED));
  expect(ids).toEqual(expect.arrayContaining([...Object.keys(CALLS), 'http_request']));
});

test('every action sends what the official client sends, with full and minimal input', {
  timeout: 120_000,
}, async () => {
  const recorder = await startRecorder();
  const octokit = new Octokit({
    auth: 'ghp_canary',
    baseUrl: recorder.origin,
    retry: { enabled: false },
    throttle: { enabled: false },
  });
  const { run } = await openGitHub(recorder.origin);

  for (const id of Object.keys(CALLS)) {
    const inputs = inputsOf(`github.${id}`);
    for (const [variant, input] of Object.entries(inputs)) {
      const options = id === 'dispatch_workflow' ? { wait_for_completion: false } : undefined;
      const ended = await run(`github.${id}`, input, options);
      expect(ended, `${id}, ${variant}`).toMatchObject({ status: 'succeeded' });
      const ours = recorder.take();
      const { max_items: limit, ...same } = input;
      const isList = manifests.actions.get(`github.${id}`)!.manifest.pages?.size_param !== undefined;
      // A list is read in pages of 100, unless the caller wants one page.
      const more: JsonObject = isList && variant === 'minimal' ? { per_page: 100 } : {};
      const details: JsonObject = id === 'dispatch_workflow' ? { return_run_details: true } : {};
      await octokitSends(octokit, id, { ...same, ...more, ...details });
      expect(limit === undefined || isList).toBe(true);
      const theirs = recorder.take();
      expect(ours, `${id}, ${variant}`).toEqual(theirs);
      expect(theirs, `${id}, ${variant}`).toHaveLength(1);
    }
  }
});

test('a free request sends what the official client sends', async () => {
  const recorder = await startRecorder();
  const octokit = new Octokit({ auth: 'ghp_canary', baseUrl: recorder.origin });
  const { run } = await openGitHub(recorder.origin);

  await run('github.http_request', { path: '/repos/a/b/topics' });
  await run('github.http_request', { method: 'PUT', path: '/repos/a/b/topics', body: { names: ['x', 'é'] } });
  await run('github.http_request', { method: 'DELETE', path: '/repos/a/b/hooks/1', headers: { Accept: 'text/x' } });
  const ours = recorder.take();
  await octokit.request('GET /repos/{owner}/{repo}/topics', { owner: 'a', repo: 'b' });
  await octokit.request('PUT /repos/{owner}/{repo}/topics', { owner: 'a', repo: 'b', names: ['x', 'é'] });
  const headers = { accept: 'text/x' };
  await octokit.request('DELETE /repos/{owner}/{repo}/hooks/1', { owner: 'a', repo: 'b', headers });

  expect(ours).toHaveLength(3);
  expect(ours).toEqual(recorder.take());
});

test('further pages are those that the Link header names, as the official client reads them', async () => {
  const recorder = await startRecorder();
  const octokit = new Octokit({ auth: 'ghp_canary', baseUrl: recorder.origin });
  const { run } = await openGitHub(recorder.origin);
  const input = { owner: 'a', repo: 'paged' };

  const ended = await run('github.list_repository_issues', input);
  const ours = recorder.take();
  await octokit.paginate(octokit.rest.issues.listForRepo, { ...input, per_page: 100 });

  expect(ended).toMatchObject({ status: 'succeeded', output: { issues: [], more: false } });
  expect(ours).toHaveLength(2);
  expect(ours).toEqual(recorder.take());
});

test('a path of a base URL, as of an Enterprise Server, stays before every path', async () => {
  const recorder = await startRecorder();
  const octokit = new Octokit({ auth: 'ghp_canary', baseUrl: `${recorder.origin}/api/v3` });
  const { run } = await openGitHub(`${recorder.origin}/api/v3`);

  await run('github.get_issue', { owner: 'a', repo: 'b', issue_number: 1 });
  const ours = recorder.take();
  await octokit.rest.issues.get({ owner: 'a', repo: 'b', issue_number: 1 });

  expect(ours).toEqual(recorder.take());
  expect(ours[0]!.segments.slice(0, 3)).toEqual(['', 'api', 'v3']);
});

test.each([
  ['get_content', { owner: 'a', repo: 'b', path: '..' }],
  ['get_content', { owner: 'a', repo: 'b', path: 'x/../../../user' }],
  ['get_content', { owner: 'a', repo: 'b', path: 'x/.' }],
  ['put_content', { owner: 'a', repo: 'b', path: '../x', message: 'm', content: '' }],
  ['get_issue', { owner: '..', repo: 'b', issue_number: 1 }],
  ['list_workflow_runs', { owner: 'a', repo: 'b', workflow_id: '..' }],
  ['http_request', { path: '/repos/a/../b' }],
  ['http_request', { path: '/repos/a/%2e%2E/b' }],
])('%s refuses a path part .., which the official client would collapse: %j', async (id, input) => {
  const recorder = await startRecorder();
  const { run } = await openGitHub(recorder.origin);

  const outcome = await run(`github.${id}`, input).catch((error: { code: string }) => ({ error }));

  expect(outcome.error).toMatchObject({ code: 'ERR_INPUT_INVALID' });
  expect(recorder.take()).toEqual([]);
});
