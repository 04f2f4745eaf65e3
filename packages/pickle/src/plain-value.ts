import { PickleError } from './error.js';
import { isKind } from './value.js';
import type { PickleValue } from './value.js';

/** What JSON can say. */
export type PlainValue = null | boolean | number | string | PlainValue[] | { readonly [name: string]: PlainValue };

/** Far more than a configuration has: a pickle may hold one list many times, lists of such lists, and one that holds itself. */
const [MOST_VALUES, MOST_LEVELS] = [10_000, 100] as const;

const decoder = new TextDecoder();

/**
 * A value as JSON would have it; what it holds of other kinds is left out.
 *
 * @param pickle the bytes that hold its strings
 * @returns undefined for a value of another kind
 * @throws PickleError for more than 10,000 values, or 100 levels
 */
export function plainValue(pickle: Uint8Array, value: PickleValue | undefined): PlainValue | undefined {
  let room = MOST_VALUES;
  const plain = (one: PickleValue | undefined, level: number): PlainValue | undefined => {
    if (level > MOST_LEVELS) throw new PickleError(`expected at most ${MOST_LEVELS} levels beside the tensors`);
    if (--room < 0) throw new PickleError(`expected at most ${MOST_VALUES} values beside the tensors`);
    if (one === null || typeof one === 'boolean' || typeof one === 'number') return one;
    if (isKind(one, 'bytes')) return decoder.decode(pickle.subarray(one.start, one.start + one.length));
    if (Array.isArray(one)) return one.map((item) => plain(item, level + 1)).filter((item) => item !== undefined);
    if (!(one instanceof Map)) return undefined;
    const entries = [...one].map(([name, inner]) => [name, plain(inner, level + 1)] as const);
    return Object.fromEntries(entries.filter((entry): entry is [string, PlainValue] => entry[1] !== undefined));
  };
  return plain(value, 0);
}
