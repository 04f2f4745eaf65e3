import { DatasetError } from '../errors.js';

/** Throws DatasetError unless the value is a whole number in the range. */
export function requireWhole(value: number, name: string, least: number, most = Number.MAX_SAFE_INTEGER): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  throw new DatasetError(`Expected a whole number ${range} for ${name} but received ${value}`);
}
