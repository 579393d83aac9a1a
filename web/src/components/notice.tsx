import type { ReactNode } from 'react';
import { Icon, type IconName } from './icon.tsx';
import type { State } from './status-badge.tsx';

const ICONS: Record<State, IconName> = {
  queued: 'queued',
  running: 'running',
  waiting: 'warning',
  succeeded: 'succeeded',
  failed: 'failed',
  unknown: 'unknown',
};

/** A line or two above content, in the tint of a state. */
export function Notice({ state, children }: { state: State; children: ReactNode }) {
  return (
    <div className="notice" data-state={state}>
      <Icon name={ICONS[state]} />
      <div>{children}</div>
    </div>
  );
}
