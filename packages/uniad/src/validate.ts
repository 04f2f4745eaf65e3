import * as v from 'valibot';

/** A group of settings. */
export type Group<Entries extends v.ObjectEntries = v.ObjectEntries> = v.ObjectSchema<Entries, undefined>;

/**
 * Holds an object against a schema whose messages say what each value should be ("an even number").
 *
 * @param where the object is from, for the message
 * @param fail makes the error
 * @throws what `fail` makes of the first unknown key, or of the first value that does not fit
 */
export function validate<S extends Group>(
  schema: S,
  value: unknown,
  where: string,
  fail: (message: string) => Error,
): v.InferOutput<S> {
  const unknown = unknownKey(schema, value, where);
  if (unknown) throw fail(unknown);
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const name = issue.path?.map(({ key }) => String(key)).join('.');
  const wanted =
    issue.type === 'object' ? (name && issue.input === undefined ? 'a value' : 'an object') : issue.message;
  throw fail(`Expected ${wanted} for ${name ?? where} but received ${show(issue.input)}`);
}

/** Says which key no group of the schema has; valibot's own check takes `constructor` for known. */
function unknownKey(schema: v.GenericSchema, value: unknown, where: string): string | undefined {
  const inner = 'wrapped' in schema ? (schema.wrapped as v.GenericSchema) : schema;
  if (!('entries' in inner) || typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const entries = inner.entries as v.ObjectEntries;
  for (const [key, field] of Object.entries(value)) {
    if (!Object.hasOwn(entries, key)) {
      return `Expected one of ${Object.keys(entries).join(', ')} in ${where} but received ${show(key)}`;
    }
    const deeper = unknownKey(entries[key] as v.GenericSchema, field, key);
    if (deeper) return deeper;
  }
  return undefined;
}

function show(value: unknown): string {
  return typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
}

/** A schema of one value whose message says what it should be. */
export type Check<T> = v.CustomSchema<T, v.ErrorMessage<v.CustomIssue> | undefined>;

/** A value of which `holds` is true; `wanted` completes "Expected ... for NAME". */
export function that<T>(wanted: string, holds: (value: unknown) => boolean): Check<T> {
  return v.custom<T>(holds, wanted);
}

/** One of some words. */
export function oneOf<const T extends readonly [string, ...string[]]>(...words: T): v.PicklistSchema<T, string> {
  return v.picklist(words, words.map((word) => JSON.stringify(word)).join(' or '));
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

/** A whole number of at least `least`. */
export const whole = (least: number): Check<number> =>
  that(`a whole number of at least ${least}`, (value) => Number.isSafeInteger(value) && (value as number) >= least);

export const notNegative = that<number>('a number of at least 0', (value) => isNumber(value) && value >= 0);
export const fraction = that<number>('a number from 0 to 1', (value) => isNumber(value) && value >= 0 && value <= 1);
export const belowOne = that<number>(
  'a number from 0 to below 1',
  (value) => isNumber(value) && value >= 0 && value < 1,
);
export const flag = v.boolean('true or false');
