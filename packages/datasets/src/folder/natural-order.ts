const collator = new Intl.Collator('en', { numeric: true });

/** `2.png` before `10.png`; the same on every machine. */
export function naturalOrder(a: string, b: string): number {
  return collator.compare(a, b) || (a < b ? -1 : Number(a > b));
}
