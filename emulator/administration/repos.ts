import { createHash } from 'node:crypto';
import { ApiError, invalid } from '../errors.ts';
import { listAnswer, requireObject, route } from '../objects.ts';
import type { Route } from '../router.ts';
import { withoutAtEnd } from '../without-at-end.ts';
import type { Workspace } from '../workspace.ts';
import { plainPath, type Tree } from '../workspace-objects/tree.ts';

interface Repo {
  id: number;
  path: string;
  url: string;
  provider: string;
  branch: string;
  head_commit_id: string;
  sparse_checkout?: { patterns: string[] };
}

const PATH = '/api/2.0/repos';
const PROVIDERS = [
  'gitHub',
  'bitbucketCloud',
  'gitLab',
  'azureDevOpsServices',
  'gitHubEnterprise',
  'bitbucketServer',
  'gitLabEnterpriseEdition',
  'awsCodeCommit',
];

/** Git folders. Nothing is cloned: a repo is an empty folder of the workspace, and its commit is made up from the URL and the branch. */
export function repoRoutes(workspace: Workspace, tree: Tree): Route[] {
  const all = workspace.store.collection<Repo>('repos');
  const find = (id: unknown) => requireObject(all, id, `Repo could not be found: ${id}`);
  const commitOf = (url: string, branch: string) => createHash('sha1').update(`${url} ${branch}`).digest('hex');
  return [
    route('POST', PATH, ({ body, identity }) => {
      const { url, provider } = body as { url: string; provider: string };
      if (!URL.canParse(url)) throw invalid(`Invalid Git URL: '${url}'.`);
      if (!PROVIDERS.some((name) => name.toLowerCase() === provider.toLowerCase()))
        throw invalid(`Unknown Git provider '${provider}'. Known: ${PROVIDERS.join(', ')}.`);
      const name = (withoutAtEnd(url, '/').split('/').at(-1) ?? '').replace(/\.git$/, '');
      const path = plainPath((body.path as string | undefined) ?? `/Repos/${identity.userName}/${name}`);
      if (tree.get(path) !== undefined)
        throw new ApiError(400, 'RESOURCE_ALREADY_EXISTS', `Path (${path}) already exists.`);
      if (path.startsWith('/Repos/') && path.split('/').length !== 4)
        throw invalid(`Invalid repo path '${path}': it must be /Repos/{folder}/{repo-name}.`);
      const { object_id: id } = tree.makeFolder(path, 'REPO');
      const repo: Repo = { id, path, url, provider, branch: 'main', head_commit_id: commitOf(url, 'main') };
      const sparse = body.sparse_checkout as Repo['sparse_checkout'];
      return { json: all.put(String(id), { ...repo, ...(sparse === undefined ? {} : { sparse_checkout: sparse }) }) };
    }),
    route('GET', PATH, ({ query }) => {
      const prefix = query.path_prefix === undefined ? '' : plainPath(String(query.path_prefix));
      const found = all.values().filter((repo) => repo.path.startsWith(prefix));
      return listAnswer('repos', found, query, { list: `repos ${prefix}`, token: 'next_page_token', usual: 20 });
    }),
    route('GET', `${PATH}/{repo_id}`, ({ params }) => ({ json: find(params.repo_id) })),
    route('PATCH', `${PATH}/{repo_id}`, ({ params, body }) => {
      const old = find(params.repo_id);
      if (body.branch !== undefined && body.tag !== undefined)
        throw invalid("'branch' and 'tag' cannot both be given.");
      const branch = String(body.branch ?? old.branch);
      const sparse = body.sparse_checkout as Repo['sparse_checkout'];
      all.put(String(old.id), {
        ...old,
        branch,
        head_commit_id: commitOf(old.url, String(body.tag ?? branch)),
        ...(sparse === undefined ? {} : { sparse_checkout: sparse }),
      });
      return {};
    }),
    route('DELETE', `${PATH}/{repo_id}`, ({ params }) => {
      const { id, path } = find(params.repo_id);
      const folder = tree.get(path);
      if (folder !== undefined) tree.remove(folder);
      all.delete(String(id));
      return {};
    }),
  ];
}
