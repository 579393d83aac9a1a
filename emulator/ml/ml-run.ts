/** A metric of a run at one step. */
export interface Metric {
  key: string;
  value: number;
  timestamp: number;
  step: number;
}

/** A run of an MLflow experiment. */
export interface MlRun {
  run_id: string;
  experiment_id: string;
  run_name: string;
  user_id: string;
  status: string;
  start_time: number;
  end_time?: number;
  lifecycle_stage: 'active' | 'deleted';
  /** Every value that was logged, oldest first. */
  metrics: Metric[];
  params: Record<string, string>;
  tags: Record<string, string>;
}

/** The value of each metric at its last step. */
export function latestMetrics(run: MlRun): Metric[] {
  const latest = new Map<string, Metric>();
  for (const metric of run.metrics) {
    const known = latest.get(metric.key);
    if (known === undefined || metric.step >= known.step) latest.set(metric.key, metric);
  }
  return [...latest.values()];
}
