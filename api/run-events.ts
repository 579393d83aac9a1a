import { stringifyAtEdge } from '../connector/json.ts';
import { isEnded, type Run } from '../engine/runs/run.ts';
import { showRun } from '../engine/runs/run-view.ts';
import { getRun, readRun } from '../engine/runs/runs.ts';
import { eventStream, eventText } from './http/event-stream.ts';
import { type Route, route } from './http/route.ts';
import type { Serving } from './http/serving.ts';

/** Id of the event with which a stream ends. */
const LAST_ID = 'end';

/** `/v1/runs/{id}/events`: a run as it changes, as server-sent events. */
export function runEventRoutes(serving: Serving): Route[] {
  const { ctx, watcher } = serving;
  return [
    route({
      method: 'GET',
      path: '/v1/runs/{id}/events',
      operation: 'watch_run',
      tag: 'Runs',
      summary: 'Stream a run until it ends.',
      description:
        'Server-sent events named `run`, each with the complete run as JSON: first the current state, then one event for each change. The stream ends when the run ends. A browser that reconnects after that gets 204 and stops.',
      requestHeaders: { 'Last-Event-ID': 'Sent by a reconnecting browser. The current state is sent again.' },
      isStream: true,
      answers: {
        200: { description: 'A stream of events.', content: 'text/event-stream' },
        204: { description: 'The run has ended, and the client already received the last event.' },
      },
      async handle(call) {
        const run = await getRun(ctx, call.caller.tenant, call.params.id!);
        if (isEnded(run.status) && call.request.headers['last-event-id'] === LAST_ID) return { status: 204 };
        let known: Run | undefined = run;
        let shown = '';
        return eventStream(serving, call, {
          listen: (changed) => watcher().listen(run.id, changed),
          async next() {
            const now = known ?? (await readRun(ctx, run.id));
            known = undefined;
            // Retention took it.
            if (now === undefined) return { text: '', isLast: true };
            const text = textOf(now);
            const isNew = text !== shown;
            shown = text;
            return { text: isNew ? text : '', isLast: isEnded(now.status) };
          },
        });
      },
    }),
  ];
}

function textOf(run: Run): string {
  const id = isEnded(run.status) ? LAST_ID : `${run.id}.${run.status}`;
  return eventText({ name: 'run', id, data: stringifyAtEdge(showRun(run)) });
}
