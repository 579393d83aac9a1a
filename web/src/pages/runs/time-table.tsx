import type { Run } from 'penstock-client';
import { durationText, TimeText } from '../../components/time-text.tsx';
import { PHASE_WORDS, type Phase } from './bars.ts';

/** Where the time of a run went, phase by phase: what the timeline draws, to read. */
export function TimeTable({ run }: { run: Run }) {
  const { segments = [], more_segments: more } = run;
  if (segments.length === 0) return null;
  return (
    <section className="stack" aria-label="Where the time went">
      <h2>Where the time went</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys */}
      <div className="time-table" role="region" aria-label="Phases" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th>Phase</th>
              <th>Attempt</th>
              <th>Launch</th>
              <th>Began</th>
              <th className="number">Duration</th>
              <th>Error</th>
            </tr>
          </thead>
          <tbody>
            {segments.map(({ phase, from, to, attempt, launch, code }) => (
              <tr key={`${phase} ${from} ${to}`}>
                <td>{PHASE_WORDS[phase]}</td>
                <td>{attempt}</td>
                <td>{launch ?? ''}</td>
                <td>
                  <TimeText at={from} form="whole" />
                </td>
                <td className="number">
                  {to === undefined ? 'until now' : durationText(Date.parse(to) - Date.parse(from))}
                </td>
                <td>{code !== undefined && <code>{code}</code>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {more !== undefined && (
        <p className="soft">
          And {more.count.toLocaleString()} more:{' '}
          {Object.entries(more.ms)
            .map(([phase, ms]) => `${PHASE_WORDS[phase as Phase]} ${durationText(ms)}`)
            .join(', ')}
        </p>
      )}
    </section>
  );
}
