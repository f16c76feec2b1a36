/** What is said of a metric, and the bounds that histograms share. */

export interface MetricDefinition {
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** One sentence for the operator. */
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds, in the unit of the name. */
  readonly buckets?: readonly number[];
  readonly from: 'hub' | 'worker' | 'both';
}

export const SECONDS_OF_WORK = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
export const SECONDS_OF_EXCHANGE = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30];
export const SECONDS_UNTIL = [
  0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200, 86_400,
];
export const COUNTS = [1, 2, 4, 8, 16, 32, 64, 128, 256];

export function metric(
  from: MetricDefinition['from'],
  type: MetricDefinition['type'],
  help: string,
  labels: readonly string[] = [],
  buckets?: readonly number[],
): MetricDefinition {
  return { from, type, help, labels, ...(buckets ? { buckets } : {}) };
}
