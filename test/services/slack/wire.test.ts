import { WebClient } from '@slack/web-api';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../../connector/manifest.ts';
import { actionOf, callOf, openBench, runToEnd } from '../../actions/harness.ts';
import { readBody, startHttpServer } from '../../servers.ts';

const TOKEN = 'xoxb-of-the-tests';
const FILE = 'id,total\n1001,12.50\n';

interface Call {
  action: string;
  input: JsonObject;
  /** The same call by Slack's own client. */
  client(client: WebClient, input: never): Promise<unknown>;
}

const text = 'Größe & "50 %" + <b>';
const blocks = [{ type: 'section', text: { type: 'mrkdwn', text } }];
const attachments = [{ color: '#36a64f', text: 'old' }];
const metadata = { event_type: 'done', event_payload: { id: '5', n: 2 } };
const at = '1767323045.000100';
const look = { unfurl_links: false, unfurl_media: true };
const sender = { username: 'Loader', icon_emoji: ':robot_face:' };
const page = { limit: 50, cursor: 'dXNlcjpVMEc5V0ZYTlo=' };
const range = { oldest: '1767323045', latest: '1767323046.5', inclusive: true, include_all_metadata: true };
const call =
  (method: string) =>
  (client: WebClient, input: never): Promise<unknown> =>
    client.apiCall(method, input);

const CALLS: Call[] = [
  { action: 'post_message', input: { channel: 'C1', text }, client: (c, i) => c.chat.postMessage(i) },
  {
    action: 'post_message',
    input: {
      channel: 'C1',
      text,
      blocks,
      thread_ts: at,
      reply_broadcast: true,
      attachments,
      mrkdwn: false,
      parse: 'full',
      link_names: true,
      ...look,
      ...sender,
      metadata,
    },
    client: (c, i) => c.chat.postMessage(i),
  },
  { action: 'post_ephemeral', input: { channel: 'C1', user: 'U1', text }, client: (c, i) => c.chat.postEphemeral(i) },
  {
    action: 'post_ephemeral',
    input: {
      channel: 'C1',
      user: 'U1',
      text,
      blocks,
      thread_ts: at,
      attachments,
      parse: 'none',
      link_names: true,
      ...sender,
    },
    client: (c, i) => c.chat.postEphemeral(i),
  },
  { action: 'update_message', input: { channel: 'C1', ts: at, text }, client: (c, i) => c.chat.update(i) },
  {
    action: 'update_message',
    input: {
      channel: 'C1',
      ts: at,
      text,
      blocks,
      attachments,
      parse: 'full',
      link_names: false,
      reply_broadcast: true,
      metadata,
    },
    client: (c, i) => c.chat.update(i),
  },
  { action: 'delete_message', input: { channel: 'C1', ts: at }, client: (c, i) => c.chat.delete(i) },
  {
    action: 'schedule_message',
    input: { channel: 'C1', post_at: 1798761600, text },
    client: (c, i) => c.chat.scheduleMessage(i),
  },
  {
    action: 'schedule_message',
    input: {
      channel: 'C1',
      post_at: 1798761600,
      text,
      blocks,
      thread_ts: at,
      reply_broadcast: false,
      attachments,
      parse: 'none',
      link_names: true,
      ...look,
      metadata,
    },
    client: (c, i) => c.chat.scheduleMessage(i),
  },
  {
    action: 'list_channels',
    input: { types: 'public_channel', exclude_archived: true, limit: 200 },
    client: (c, i) => c.conversations.list(i),
  },
  {
    action: 'list_channels',
    input: { types: 'im,mpim', exclude_archived: false, ...page, team_id: 'T1' },
    client: (c, i) => c.conversations.list(i),
  },
  { action: 'list_users', input: { limit: 200 }, client: (c, i) => c.users.list(i) },
  { action: 'list_users', input: { include_locale: true, ...page, team_id: 'T1' }, client: (c, i) => c.users.list(i) },
  { action: 'lookup_user_by_email', input: { email: 'a+b@example.com' }, client: (c, i) => c.users.lookupByEmail(i) },
  { action: 'open_conversation', input: { users: 'U1' }, client: (c, i) => c.conversations.open(i) },
  {
    action: 'open_conversation',
    input: { users: 'U1,U2', prevent_creation: true, return_im: true },
    client: (c, i) => c.conversations.open(i),
  },
  {
    action: 'add_reaction',
    input: { channel: 'C1', timestamp: at, name: '+1::skin-tone-3' },
    client: (c, i) => c.reactions.add(i),
  },
  { action: 'set_topic', input: { channel: 'C1', topic: '' }, client: (c, i) => c.conversations.setTopic(i) },
  { action: 'get_permalink', input: { channel: 'C1', message_ts: at }, client: (c, i) => c.chat.getPermalink(i) },
  { action: 'list_messages', input: { channel: 'C1', limit: 200 }, client: (c, i) => c.conversations.history(i) },
  {
    action: 'list_messages',
    input: { channel: 'C1', ...range, ...page },
    client: (c, i) => c.conversations.history(i),
  },
  {
    action: 'list_replies',
    input: { channel: 'C1', ts: at, limit: 200 },
    client: (c, i) => c.conversations.replies(i),
  },
  {
    action: 'list_replies',
    input: { channel: 'C1', ts: at, ...range, ...page },
    client: (c, i) => c.conversations.replies(i),
  },
  { action: 'upload_file', input: { filename: 'a.csv', content: FILE }, client: (c, i) => c.filesUploadV2(i) },
  {
    action: 'upload_file',
    input: {
      filename: 'a.csv',
      content: FILE,
      channel_id: 'C1',
      thread_ts: at,
      initial_comment: text,
      title: 'Report',
      alt_text: 'a table',
      snippet_type: 'csv',
    },
    client: (c, i) => c.filesUploadV2(i),
  },
];

/** Records what arrives, and answers as Slack does to any method. */
async function startRecorder() {
  const seen: object[] = [];
  const server = await startHttpServer(async (request, response) => {
    const { method, url = '', headers } = request;
    const isUpload = url.startsWith('/upload/');
    const { authorization, 'content-type': type } = headers;
    const boundary = /boundary=(.+)$/.exec(headers['content-type'] ?? '')?.[1];
    const plain = (given: string | undefined) =>
      boundary === undefined ? given : given?.replaceAll(boundary, 'BOUNDARY');
    const body = plain((await readBody(request)).toString());
    seen.push({ method, url, type: plain(type), body, authorization: isUpload ? undefined : authorization });
    if (isUpload) uploads.push(authorization);
    const upload_url = `http://${headers.host}/upload/v1/F1`;
    const answer = { ok: true, ts: at, channel: 'C1', message_ts: at, upload_url, file_id: 'F1' };
    const known = {
      scheduled_message_id: 'Q1',
      permalink: 'https://x',
      user: {},
      files: [],
      channels: [],
      members: [],
      messages: [],
    };
    const isOpen = url.endsWith('conversations.open') || url.endsWith('setTopic');
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(
      isUpload ? 'OK - 20' : JSON.stringify({ ...answer, ...known, ...(isOpen ? { channel: { id: 'D1' } } : {}) }),
    );
  });
  const uploads: (string | undefined)[] = [];
  return { origin: server.origin, seen, uploads };
}

test.each(CALLS.map((each) => ({ ...each, title: `${each.action} ${Object.keys(each.input).length}` })))(
  '$title: sends what the client of Slack sends',
  async ({ action: name, input, client }) => {
    const [theirs, ours] = [await startRecorder(), await startRecorder()];
    const action = await actionOf(`slack.${name}`);
    const options = { slackApiUrl: `${theirs.origin}/api/`, retryConfig: { retries: 0 } };

    await client(new WebClient(TOKEN, options), { ...input } as never);
    await runToEnd(action, callOf(action, input), openBench({ url: `${ours.origin}/api`, token: TOKEN }));

    expect(ours.seen.length).toBeGreaterThan(0);
    expect(ours.seen).toEqual(theirs.seen);
    expect(ours.uploads.every((authorization) => authorization === undefined)).toBe(true);
  },
);

test('http_request sends the arguments of any method as the client does', async () => {
  const [theirs, ours] = [await startRecorder(), await startRecorder()];
  const action = await actionOf('slack.http_request');
  const form = { channel: 'C1', blocks, no: false };

  await call('pins.add')(new WebClient(TOKEN, { slackApiUrl: `${theirs.origin}/api/` }), form as never);
  await runToEnd(
    action,
    callOf(action, { method: 'POST', path: '/pins.add', form }),
    openBench({ url: `${ours.origin}/api`, token: TOKEN }),
  );

  expect(ours.seen).toEqual(theirs.seen);
});
