/** Scores, labels, a map or an option that a metric cannot be computed from. */
export class MetricsError extends Error {
  override readonly name = 'MetricsError';
}
