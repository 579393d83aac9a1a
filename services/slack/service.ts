import { effectOfMethod } from '../../actions/effect.ts';
import { advanceHttpRequest } from '../../actions/http-request.ts';
import type { Effect } from '../../connector/manifest.ts';
import type { Service } from '../../connector/service.ts';
import { answerDelivery, readDecision } from './buttons.ts';
import { advanceUpload } from './upload-file.ts';

/** What of Slack its manifests cannot say. */
export const slack: Service = Object.freeze({
  actions: {
    'slack.http_request': { advance: advanceHttpRequest },
    'slack.upload_file': { advance: advanceUpload },
  },
  effectOf,
  readDecision,
  answerDelivery,
} satisfies Service);

function effectOf(id: string, input: unknown): Effect | undefined {
  return id === 'slack.http_request' ? effectOfMethod((input as { method?: string }).method) : undefined;
}
