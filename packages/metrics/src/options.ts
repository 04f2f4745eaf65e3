import { MetricsError } from './errors.js';

/** What every ranking metric takes besides scores and labels. */
export interface MetricOptions {
  /** What is measured, for example the category; warnings and errors name it. */
  readonly name?: string;
  /** Told when the metric is undefined because the labels hold one class only; `console.warn` by default. */
  readonly onWarning?: (message: string) => void;
}

/** Throws MetricsError for an option that no one reads, which is mostly a typing slip. */
export function refuseUnknownOptions(options: object, known: readonly string[]): void {
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) {
      throw new MetricsError(`Expected options among ${known.join(', ')} but received ${key}`);
    }
  }
}

/** `AUROC of screw`, or `AUROC` where nothing is named. */
export function nameOf(metric: string, { name }: MetricOptions): string {
  return name === undefined ? metric : `${metric} of ${name}`;
}
