import { DatasetError } from './errors.js';

/** Throws DatasetError for an option that no one reads, which is mostly a typing slip. */
export function refuseUnknownOptions(options: object, known: readonly string[]): void {
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) throw new DatasetError(`Expected options among ${known.join(', ')} but received ${key}`);
  }
}

/** Throws DatasetError unless the value is a whole number above zero. */
export function requireCount(value: number, name: string): void {
  if (!Number.isSafeInteger(value) || value < 1)
    throw new DatasetError(`Expected a whole number above 0 for ${name} but received ${value}`);
}
