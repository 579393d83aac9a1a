import { WebClient } from '@slack/web-api';
import { expect, test } from 'vitest';
import { loadManifests } from '../../../connector/load-manifests.ts';
import type { JsonObject } from '../../../connector/manifest.ts';
import { SERVICES } from '../../../services/registry.ts';
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
const icon_url = 'https://example.com/a.png';
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
  { action: 'post_message', input: { channel: 'C1', text, icon_url }, client: (c, i) => c.chat.postMessage(i) },
  {
    action: 'post_ephemeral',
    input: { channel: 'C1', user: 'U1', text, icon_url },
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
  { action: 'list_files', input: { count: 100 }, client: (c, i: object) => c.files.list({ ...i, page: 1 }) },
  {
    action: 'list_files',
    input: {
      channel: 'C1',
      user: 'U1',
      types: 'images,pdfs',
      ts_from: '1767323045',
      ts_to: '1767323046',
      show_files_hidden_by_limit: true,
      team_id: 'T1',
      count: 50,
      page: 2,
    },
    client: (c, i) => c.files.list(i),
  },
  { action: 'list_users', input: { limit: 200 }, client: (c, i) => c.users.list(i) },
  { action: 'list_users', input: { include_locale: true, ...page, team_id: 'T1' }, client: (c, i) => c.users.list(i) },
  { action: 'lookup_user_by_email', input: { email: 'a+b@example.com' }, client: (c, i) => c.users.lookupByEmail(i) },
  { action: 'open_conversation', input: { users: 'U1' }, client: (c, i) => c.conversations.open(i) },
  { action: 'open_conversation', input: { channel: 'D1' }, client: (c, i) => c.conversations.open(i) },
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
  {
    action: 'upload_file',
    input: { filename: 'a.bin', content_base64: '/wABgA==', channel_id: 'C1', blocks },
    client(c, input) {
      const { content_base64, ...rest } = input as { content_base64: string };
      return c.filesUploadV2({ ...rest, file: Buffer.from(content_base64, 'base64') } as never);
    },
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

/** The actions that the connector must have and that must be compared, beside `http_request`. A further one may be compared. */
const PROMISED = [
  'add_reaction',
  'delete_message',
  'get_permalink',
  'list_channels',
  'list_files',
  'list_messages',
  'list_replies',
  'list_users',
  'lookup_user_by_email',
  'open_conversation',
  'post_ephemeral',
  'post_message',
  'schedule_message',
  'set_topic',
  'update_message',
  'upload_file',
];

/** Inputs that the engine alone reads. An artifact is compared below. */
const OURS = ['max_items', 'timeout_seconds', 'artifact'];

test('each action that the connector must have is compared, with the least input and with every field', async () => {
  const { actions } = await loadManifests(new URL('../../../manifests/', import.meta.url), { services: SERVICES });
  const compared = [...new Set(CALLS.map(({ action }) => action))];
  const missing = compared.flatMap((name) => {
    const id = `slack.${name}`;
    const input = actions.get(id)?.manifest.input;
    if (input === undefined) return [id];
    const properties = input.properties as { [name: string]: JsonObject };
    const all = Object.keys(properties).filter((field) => !OURS.includes(field));
    // Of several, one is needed.
    const least = ((input.required ?? []) as string[]).length + ((input.anyOf ?? input.oneOf) ? 1 : 0);
    const calls = CALLS.filter(({ action }) => action === name);
    const given = new Set(calls.flatMap((each) => Object.keys(each.input)));
    // The client has no defaults: it is given those of the manifest.
    const chosen = (each: Call) => Object.keys(each.input).filter((field) => properties[field]?.default === undefined);
    const hasLeast = calls.some((each) => chosen(each).length === least);
    const never = all.filter((field) => !given.has(field));
    return [...(hasLeast ? [] : [`${id} with the least input`]), ...never.map((field) => `${id} with ${field}`)];
  });

  expect(compared).toEqual(expect.arrayContaining(PROMISED));
  expect(missing).toEqual([]);
});

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

test('upload_file sends an artifact as the client sends its bytes', async () => {
  const [theirs, ours] = [await startRecorder(), await startRecorder()];
  const action = await actionOf('slack.upload_file');
  const bench = openBench({ url: `${ours.origin}/api`, token: TOKEN });
  const sink = await bench.io.openArtifact({ mediaType: 'text/csv' });
  await sink.write(Buffer.from(FILE));
  await sink.close();
  const client = new WebClient(TOKEN, { slackApiUrl: `${theirs.origin}/api/` });

  await client.filesUploadV2({ filename: 'a.csv', file: Buffer.from(FILE), channel_id: 'C1' });
  await runToEnd(action, callOf(action, { filename: 'a.csv', artifact: sink.id, channel_id: 'C1' }), bench);

  expect(ours.seen).toEqual(theirs.seen);
});
