import type { JsonObject } from '../../connector/manifest.ts';
import { readPath } from '../../connector/template.ts';
import type { DecisionOutcome, WebhookDecision } from '../webhook-service.ts';

/** A button that is an approval has its link as the value, and one of these as the action_id. */
const WORDS: { readonly [actionId: string]: boolean } = Object.freeze({ approve: true, deny: false });
const LINK = /^https?:\/\/[^\s?#]+\/approvals\/[a-z0-9_.]+$/;

interface Element {
  type?: string;
  value?: unknown;
}

/** The press of a button that is an approval, in what Slack sends for an interaction; undefined for every other. */
export function readDecision(body: unknown, input: Readonly<Record<string, unknown>>): WebhookDecision | undefined {
  const link = readPath(body, 'actions.0.value');
  if (readPath(body, 'type') !== 'block_actions' || typeof link !== 'string' || !LINK.test(link)) return undefined;
  const word = String(readPath(body, 'actions.0.action_id'));
  const user = String(readPath(body, 'user.id'));
  const name = readPath(body, 'user.username') ?? readPath(body, 'user.name');
  const approvers = input.approvers as string[] | undefined;
  const url = readPath(body, 'response_url');
  return {
    link,
    ...(Object.hasOwn(WORDS, word) ? { approved: WORDS[word]! } : {}),
    by: typeof name === 'string' ? `@${name} (Slack user ${user})` : `Slack user ${user}`,
    isAllowed: approvers === undefined || approvers.includes(user),
    reply: (outcome) =>
      typeof url === 'string' ? { url, base: 'responses', body: replyTo(outcome, { body, user, link }) } : undefined,
  };
}

/** The message with the decision in place of its buttons; whatever else is to be said, only the person who pressed reads. */
function replyTo(outcome: DecisionOutcome, of: { body: unknown; user: string; link: string }): JsonObject {
  const blocks = readPath(of.body, 'message.blocks');
  if (outcome.kind === 'decided') {
    const text = `${outcome.approved ? ':white_check_mark: Approved' : ':no_entry_sign: Denied'} by <@${of.user}>`;
    const shown = readPath(of.body, 'message.text');
    if (!Array.isArray(blocks)) return { response_type: 'in_channel', replace_original: false, text };
    const said = { type: 'context', elements: [{ type: 'mrkdwn', text }] };
    const left = blocks.flatMap((block: JsonObject) => withoutButtons(block, of.link));
    return { replace_original: true, text: typeof shown === 'string' ? shown : text, blocks: [...left, said] };
  }
  return { response_type: 'ephemeral', replace_original: false, text: wordsOf(outcome) };
}

function wordsOf(outcome: Exclude<DecisionOutcome, { kind: 'decided' }>): string {
  switch (outcome.kind) {
    case 'already':
      return `This was already ${outcome.approved ? 'approved' : 'denied'} by ${outcome.by}.`;
    case 'expired':
      return 'This approval has expired: nobody decided in time.';
    case 'ended':
      return 'The workflow no longer waits for this approval.';
    case 'unknown':
      return 'This approval is not known here: its run has not reached it yet, or was deleted.';
    case 'not_allowed':
      return 'You may not decide this: the workflow names who may.';
    default:
      return 'This button says neither yes nor no: its action_id must be "approve" or "deny".';
  }
}

/** A block without the buttons of one approval; none when nothing else is in it. */
function withoutButtons(block: JsonObject, link: string): JsonObject[] {
  const isButton = (element: unknown) => (element as Element | null)?.value === link;
  const { accessory, ...rest } = block;
  const kept = accessory === undefined || isButton(accessory) ? rest : block;
  if (!Array.isArray(kept.elements)) return [kept];
  const elements = kept.elements.filter((element) => !isButton(element));
  return elements.length === 0 ? [] : [{ ...kept, elements }];
}

/** What a person sees who sent a slash command; an interaction is answered by nothing. */
export function answerDelivery(
  trigger: string,
  { reply }: Readonly<Record<string, unknown>>,
): { body: JsonObject | undefined } | undefined {
  if (trigger === 'slack.interaction') return { body: undefined };
  if (trigger !== 'slack.slash_command') return undefined;
  return { body: typeof reply === 'string' ? { response_type: 'ephemeral', text: reply } : undefined };
}
