import { Link } from '@tanstack/react-router';
import type { ReplayPreview } from 'penstock-client';
import type { ReactNode } from 'react';
import { Icon } from '../../components/icon.tsx';
import { Notice } from '../../components/notice.tsx';
import { StatusBadge } from '../../components/status-badge.tsx';
import { TimeText } from '../../components/time-text.tsx';
import './replays.css';

type Step = ReplayPreview['steps'][number];

/** Steps that run in any case; branches for failures run only if something fails. */
export function stepsThatRun({ steps }: ReplayPreview): readonly Step[] {
  return steps.filter(({ what, if_fails, on_failure }) => what === 'again' && if_fails === undefined && !on_failure);
}

/** What the outside world gets a second time: the part that is read before a replay is sent. */
export function OutsidePart({ preview }: { preview: ReplayPreview }) {
  const repeated = preview.steps.filter(({ repeats }) => repeats > 0);
  const { repeats, delivery, replayed_by: before } = preview;
  return (
    <section className="card" aria-label="What happens outside">
      <h2>What happens outside</h2>
      {repeats === 0 ? (
        <Notice state="succeeded">No effect happens a second time.</Notice>
      ) : (
        <Notice state="failed">
          <strong>
            {repeats === 1 ? 'One effect happens' : `${repeats.toLocaleString()} effects happen`} a second time.
          </strong>{' '}
          The service cannot know that it is a replay.
        </Notice>
      )}
      {repeated.length > 0 && (
        <ul className="outside-list">
          {repeated.map((step) => (
            <li key={step.step ?? step.action} className="outside-item">
              <span>
                <strong>{step.step ?? step.action}</strong> {step.step !== undefined && <code>{step.action}</code>}
                {step.repeats > 1 && ` × ${step.repeats.toLocaleString()}`}
              </span>
              <span className="row soft">
                {step.last_launch === undefined ? (
                  'It happened before.'
                ) : (
                  <>
                    Last launch <StatusBadge status={step.last_launch.outcome} /> <TimeText at={step.last_launch.at} />
                  </>
                )}
              </span>
              {noteOf(step) !== undefined && <span className="soft">{noteOf(step)}</span>}
            </li>
          ))}
        </ul>
      )}
      {before !== undefined && (
        <Notice state="waiting">
          This run was replayed already, by{' '}
          <Link to="/runs/$id" params={{ id: before }} search={{}}>
            {before}
          </Link>
          .
        </Notice>
      )}
      {delivery !== undefined && (
        <p>
          {delivery.moves_cursor
            ? 'The event batch of this run is delivered, and the cursor moves after it.'
            : 'The event batch of this run is delivered again. The cursor has passed it, and stays.'}
        </p>
      )}
    </section>
  );
}

function noteOf({ last_launch: last }: Step): string | undefined {
  if (last?.outcome === 'unknown')
    return 'Nobody knows whether it had its effect. Look at the service first: if it had, this does it twice.';
  if (last?.outcome === 'failed') return 'It ran at the service and failed there: it may have changed a part.';
  return undefined;
}

/** Each step: whether its output is reused or it runs, and what running it means. */
export function StepsPart({ preview }: { preview: ReplayPreview }) {
  return (
    <section className="card" aria-label="Steps">
      <h2>Steps</h2>
      <ul className="replay-steps">
        {preview.steps.map((step) => (
          <li key={step.step ?? step.action} className="replay-step" data-reuse={step.what === 'reuse' || undefined}>
            <span className="replay-step-what">
              <Icon name={step.what === 'reuse' ? 'check' : 'refresh'} />
              {step.what === 'reuse' ? 'Reuses output' : 'Runs'}
            </span>
            <span className="replay-step-name">
              <strong>{step.step ?? step.action}</strong>
              {step.step !== undefined && <code className="soft">{step.action}</code>}
            </span>
            <span className="soft">{meaningOf(step)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function meaningOf(step: Step): ReactNode {
  if (step.what === 'reuse') {
    return (
      <>
        Nothing is done.{' '}
        <Link to="/runs/$id" params={{ id: step.output_of ?? '' }} search={{}}>
          Open the run of its output
        </Link>
      </>
    );
  }
  if (step.on_failure === true) return 'Only if the workflow fails again.';
  const when = step.if_fails !== undefined ? `Only if ${step.if_fails} fails. ` : '';
  const maybe = step.is_conditional === true ? ' Its condition may skip it.' : '';
  return when + EFFECTS[step.effect](step.repeats > 0) + maybe;
}

const EFFECTS: Readonly<Record<Step['effect'], (isRepeated: boolean) => string>> = {
  safe: () => 'Changes nothing outside.',
  idempotent: () => 'Writes the same again, with the same result.',
  token: (isRepeated) => (isRepeated ? 'Has its effect a second time.' : 'Has had no effect so far.'),
  once: (isRepeated) => (isRepeated ? 'Has its effect a second time.' : 'Has had no effect so far.'),
};

/** What is not as it was in the run: version and input. */
export function DifferencesPart({ preview }: { preview: ReplayPreview }) {
  const { version, input } = preview;
  const isSameVersion = version === undefined || version.from === version.to;
  return (
    <section className="card" aria-label="What is different">
      <h2>What is different</h2>
      <dl className="facts">
        {version !== undefined && (
          <>
            <dt>Version</dt>
            <dd>{isSameVersion ? `${nameOf(version.from)}, the same` : <VersionChange version={version} />}</dd>
          </>
        )}
        <dt>Input</dt>
        <dd>
          {input === undefined ? (
            'As recorded'
          ) : input.changes.length === 0 ? (
            'Edited, but not different'
          ) : (
            <ul>
              {input.changes.map(({ pointer, change }) => (
                <li key={pointer}>
                  <code>{pointer === '' ? '/' : pointer}</code> {change}
                </li>
              ))}
              {!input.is_complete && <li className="soft">There are more differences than these 100.</li>}
            </ul>
          )}
        </dd>
      </dl>
    </section>
  );
}

function VersionChange({ version }: { version: NonNullable<ReplayPreview['version']> }) {
  return (
    <>
      {nameOf(version.from)} → {nameOf(version.to)}
      <ul>
        {version.steps.map(({ step, change, fields = [] }) => (
          <li key={step}>
            Step <strong>{step}</strong> {change}
            {fields.length > 0 && `: ${fields.join(', ')}`}
          </li>
        ))}
        {version.fields.length > 0 && <li>Workflow: {version.fields.join(', ')}</li>}
        {version.steps.length === 0 && version.fields.length === 0 && <li>The definitions are the same.</li>}
      </ul>
    </>
  );
}

function nameOf(version: number): string {
  return version < 0 ? 'A draft' : `Version ${version}`;
}
