/** What an action does at its service when it runs, as its manifest says. */
export interface Effect {
  effect: 'safe' | 'idempotent' | 'token' | 'once';
  destructive: boolean;
}

/** What a test of a step really does outside, said before it does it. */
export function effectText(action: Effect | undefined): string {
  if (action === undefined) return 'The action is not among the connectors, so nobody knows what it does.';
  const { effect, destructive } = action;
  if (effect === 'safe') return 'It changes nothing outside.';
  const what = destructive ? 'It can delete, reset or overwrite what is there' : 'It changes something outside';
  if (effect === 'idempotent') return `${what}. Run again, it ends in the same state.`;
  if (effect === 'token') return `${what}. Each test is a new request with its own effect.`;
  return `${what}. Run twice, it does it twice.`;
}
