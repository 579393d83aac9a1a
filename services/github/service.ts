import { effectOfMethod } from '../../actions/effect.ts';
import type { Service } from '../../connector/service.ts';
import { advanceDispatch, cancelDispatch } from './actions/dispatch-workflow.ts';
import { advanceGitHubRequest } from './actions/http-request.ts';
import { content } from './content.ts';
import { readError } from './read-error.ts';
import { explainRedirect } from './redirect.ts';

/** What of GitHub its manifests cannot say. */
export const github: Service = Object.freeze({
  actions: {
    'github.dispatch_workflow': { advance: advanceDispatch, cancel: cancelDispatch },
    'github.http_request': { advance: advanceGitHubRequest },
  },
  readError,
  explainRedirect,
  shapes: { content },
  effectOf: (id, input) =>
    id === 'github.http_request' ? effectOfMethod((input as { method?: string } | null)?.method) : undefined,
} satisfies Service);
