import type { IncomingHttpHeaders } from 'node:http';
import { receiveHook } from '../engine/hooks.ts';
import { type Route, route } from './route.ts';
import { object, TEXT } from './schemas.ts';
import type { Serving } from './serving.ts';

/** `/hooks/{token}`: the URLs of workflows that start with an incoming webhook. */
export function hookRoutes({ ctx }: Serving): Route[] {
  return [
    route<Record<string, unknown>, string | undefined>({
      method: 'POST',
      path: '/hooks/{token}',
      operation: 'receive_webhook',
      tag: 'Incoming webhooks',
      summary: 'Start the workflow that the URL belongs to.',
      description:
        'The URL is a secret. Where the trigger has a signing secret, requests must be signed as Standard Webhooks say. A second request with the same `webhook-id` starts nothing. JSON and forms are parsed, anything else is text.',
      isOpenQuery: true,
      isRaw: true,
      bodyCheck: 'engine',
      answers: { 202: { description: 'The run is stored.', schema: object({ run: TEXT }) } },
      async handle({ params, query, body, request }) {
        const headers = request.headers as IncomingHttpHeaders;
        const text = typeof body === 'string' ? body : '';
        return { status: 202, body: await receiveHook(ctx, { token: params.token!, headers, query, body: text }) };
      },
    }),
  ];
}
