/** An AUROC as people quote it; a dash where it is undefined. */
export function formatAuroc(value: number): string {
  return Number.isNaN(value) ? '–' : value.toFixed(3);
}

/** A score with as many digits as tell scores apart. */
export function formatScore(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

export function formatDuration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `brushed_metal` as a word or two. */
export function readable(name: string): string {
  return name.replaceAll(/[_-]+/g, ' ');
}
