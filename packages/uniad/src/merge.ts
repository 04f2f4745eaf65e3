/** Groups of settings inside of settings may be given in part; everything else is one value. */
export type PartialDeep<T> = {
  readonly [Key in keyof T]?:
    | (NonNullable<T[Key]> extends readonly unknown[] | string | number | boolean
        ? T[Key]
        : PartialDeep<NonNullable<T[Key]>> | Extract<T[Key], null>)
    | undefined;
};

const isGroup = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * `defaults` with `overrides` in their place, groups merged; what is undefined keeps its default. A group that is given
 * where the default has none starts from `groups`.
 */
export function merge(
  defaults: Readonly<Record<string, unknown>>,
  overrides: Readonly<Record<string, unknown>>,
  groups: Readonly<Record<string, unknown>> = defaults,
): Record<string, unknown> {
  const merged: Record<string, unknown> = Object.assign(Object.create(null), defaults);
  for (const [key, value] of Object.entries(overrides)) {
    if (value === undefined) continue;
    const before = merged[key] ?? (Object.hasOwn(groups, key) ? groups[key] : undefined);
    merged[key] = isGroup(value) && isGroup(before) ? merge(before, value) : value;
  }
  return { ...merged };
}
