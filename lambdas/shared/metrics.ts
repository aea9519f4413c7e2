/** CloudWatch namespace of every metric that a function emits. */
export const METRICS_NAMESPACE = 'cityweave';
