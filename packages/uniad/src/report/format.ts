/** A metric from 0 to 1 as people quote it; a dash where it is undefined. */
export function formatMetric(value: number): string {
  return Number.isNaN(value) ? '–' : value.toFixed(3);
}

export function formatShare(part: number, whole: number): string {
  return `${Math.round((100 * part) / whole)} %`;
}

/** A moment to the minute, in universal time: the same wherever the report is written. */
export function formatDate(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

export function formatDuration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
