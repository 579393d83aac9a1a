import type { TriggerSeries } from '../engine/polling/trigger-metrics.ts';
import { counterText, gaugeText, summaryText } from './meter-text.ts';

/** The health of triggers as Prometheus text, with the ids of tenant and workflow as labels. */
export function triggerText(series: TriggerSeries): string {
  return [
    gaugeText(
      'penstock_trigger_lag_seconds',
      'Age of the oldest undelivered event; 0 when everything is delivered. No series when unknown.',
      series.lag,
    ),
    gaugeText('penstock_trigger_state', 'State of a trigger: 1 for its current state.', series.state),
    counterText('penstock_trigger_events_total', 'Delivered events.', series.events),
    counterText('penstock_trigger_failures_total', 'Failed polls and deliveries.', series.failures),
    gaugeText(
      'penstock_trigger_dead_letters_open',
      'Dead-lettered event batches that have not been delivered since.',
      series.deadLetters,
    ),
    gaugeText(
      'penstock_trigger_future_rows',
      'Rows held back because their cursor value is in the future.',
      series.futureRows,
    ),
    summaryText('penstock_trigger_poll_seconds', 'Duration of polls.', series.polls),
  ].join('');
}
