import type { ActionSummary } from 'penstock-client';
import { Icon } from '../../components/icon.tsx';

export type Effect = ActionSummary['effect'];

interface Words {
  word: string;
  /** What a person must know before it is sent, and sent again. */
  text: string;
}

/** Effects as people say them. */
export const EFFECTS: Readonly<Record<Effect, Words>> = {
  safe: { word: 'Changes nothing', text: 'It changes nothing at the service.' },
  idempotent: {
    word: 'Repeatable',
    text: 'It changes something at the service. Sent again with the same input, it ends in the same state.',
  },
  token: {
    word: 'Once, by token',
    text: 'It changes something at the service, once for each run: a retry carries the same token, and the service does it once.',
  },
  once: {
    word: 'Each time',
    text: 'It changes something at the service each time it is sent. If an answer is lost, nobody knows whether it happened, and the run ends with an unknown outcome instead of sending it again.',
  },
};

/** What an action does outside, in two words; more on hover. */
export function EffectMark({ effect, isDestructive }: { effect: Effect; isDestructive: boolean }) {
  const { word, text } = EFFECTS[effect];
  return (
    <span className="effect" title={text}>
      {word}
      {isDestructive && (
        <span className="effect-destructive">
          <Icon name="warning" size={14} />
          <span>Destructive</span>
        </span>
      )}
    </span>
  );
}
