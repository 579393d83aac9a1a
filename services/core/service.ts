import type { Service } from '../../connector/service.ts';
import { advanceFile } from './file.ts';
import {
  advanceApprove,
  advanceDelay,
  advanceFail,
  advanceListEvents,
  advanceRunWorkflow,
  advanceTransform,
} from './steps.ts';
import { advanceWebhook } from './webhook.ts';

/** What Penstock does itself. */
export const core: Service = Object.freeze({
  actions: {
    'core.approve': { advance: advanceApprove },
    'core.delay': { advance: advanceDelay },
    'core.fail': { advance: advanceFail },
    'core.file': { advance: advanceFile, takes: 'rows' },
    'core.list_events': { advance: advanceListEvents },
    'core.run_workflow': { advance: advanceRunWorkflow },
    'core.transform': { advance: advanceTransform, takes: 'text', givesOn: true },
    'core.webhook': { advance: advanceWebhook, takes: 'rows' },
  },
} satisfies Service);
