import type { TriggerSeries } from '../engine/polling/trigger-metrics.ts';
import { counterText, gaugeText, summaryText } from './meter-text.ts';

/** The health of triggers as Prometheus text, with the ids of tenant and workflow as labels. */
export function triggerText(series: TriggerSeries): string {
  return [
    gaugeText(
      'penstock_trigger_lag_seconds',
      'Age of the oldest event that is not delivered, 0 when everything is; left out where it is not known.',
      series.lag,
    ),
    gaugeText('penstock_trigger_state', 'State of a trigger: 1 for the one that it is in.', series.state),
    counterText('penstock_trigger_events_total', 'Events that were delivered.', series.events),
    counterText('penstock_trigger_failures_total', 'Polls and pages that failed.', series.failures),
    gaugeText(
      'penstock_trigger_dead_letters_open',
      'Pages that were given up and not delivered since.',
      series.deadLetters,
    ),
    gaugeText(
      'penstock_trigger_future_rows',
      'Rows that wait because their cursor value is in the future.',
      series.futureRows,
    ),
    summaryText('penstock_trigger_poll_seconds', 'From asking a source to its answer.', series.polls),
  ].join('');
}
