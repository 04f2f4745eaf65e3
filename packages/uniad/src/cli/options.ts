import { InvalidArgumentError, Option } from 'commander';
import { deviceNames } from '../device/device.js';

/** For commander: a whole number of at least `least`. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < least) {
      throw new InvalidArgumentError(`Expected a whole number of at least ${least}.`);
    }
    return value;
  };
}

/** For commander: a number above 0. */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0)
    throw new InvalidArgumentError('Expected a number above 0.');
  return value;
}

/** For commander: any finite number. */
export function anyNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('Expected a number.');
  return value;
}

/** `--device`, of every command that runs a model. */
export function deviceOption(): Option {
  return new Option('--device <name>', 'where to run').choices(['auto', ...deviceNames]).default('auto');
}

/** `--cache`, of every command that keeps features. */
export function cacheOption(): Option {
  return new Option('--cache <dir>', 'where features are kept; runs share it (default: UNIAD_CACHE or ~/.cache/uniad)');
}

/** `--skip-unreadable`, of every command that reads labelled pictures. */
export function skipUnreadableOption(): Option {
  return new Option('--skip-unreadable', 'go on without pictures that cannot be read, and list them at the end');
}
