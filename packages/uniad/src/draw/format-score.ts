import { isSet } from '../pipeline/no-threshold.js';

/** A score, or a map's value, with as many digits as tell scores apart. */
export function formatScore(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

export function formatThreshold(value: number): string {
  return isSet(value) ? formatScore(value) : 'not set';
}
