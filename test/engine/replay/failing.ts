import { ended } from '../../workspace.ts';
import { type Flows, openFlows, value } from '../flows.ts';
import { startEndpoint } from '../webhook-endpoint.ts';

/** A step that sends on what step `a` gave. */
export function webhook(id: string, url: string, more: Record<string, unknown> = {}) {
  return { id, action: 'core.webhook', input: { url, body: { n: `{{ $string(steps.a.output.value) }}` } }, ...more };
}

/** A run whose second step failed, and would succeed now. */
export async function failedOnce(flows: Flows, url: string, answer: { status: number }) {
  const workflow = await flows.make([value('a', '{{ trigger.n }}'), webhook('b', url), value('c', 'done')]);
  answer.status = 404;
  const run = await ended(flows.ctx, await flows.begin(workflow, { n: 7 }));
  answer.status = 204;
  return { workflow, run };
}

/** Workflows, and an endpoint that answers as it is told. */
export async function open() {
  const flows = await openFlows();
  const answer = { status: 204 };
  const { url, received } = await startEndpoint(() => answer.status);
  return { ...flows, url, received, answer };
}
