import type { JsonObject } from '../connector/manifest.ts';

declare module '../connector/service.ts' {
  interface Service {
    /**
     * What a signed delivery decides: a person used a button that carries the link of an approval. Undefined: it is an event, and starts a
     * run. `input` is that of the trigger.
     */
    readDecision?(body: unknown, input: Readonly<Record<string, unknown>>): WebhookDecision | undefined;
    /** The body of the answer to a delivery that started a run, or decided, where the service shows it to a person; undefined: the ID of the run. */
    answerDelivery?(
      trigger: string,
      input: Readonly<Record<string, unknown>>,
    ): { body: JsonObject | undefined } | undefined;
  }
}

/** A decision of a person about an approval. */
export interface WebhookDecision {
  /** The link of the approval. */
  link: string;
  /** Left out: the button says neither. */
  approved?: boolean;
  /** Who decides, as it is recorded. */
  by: string;
  /** Whether the trigger allows this person to decide. */
  isAllowed: boolean;
  /** The request that tells the person what came of it; without credentials, to a host of the base URL `base`. */
  reply(outcome: DecisionOutcome): { url: string; base: string; body: JsonObject } | undefined;
}

/** What came of a decision. */
export type DecisionOutcome =
  | { kind: 'decided'; approved: boolean }
  /** Somebody was first. */
  | { kind: 'already'; approved: boolean; by: string }
  /** Nobody decided in time, or the run ended otherwise. */
  | { kind: 'expired' | 'ended' }
  | { kind: 'unknown' | 'not_allowed' | 'no_word' };
