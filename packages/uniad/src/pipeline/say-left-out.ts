import type { LeftOut } from '@uniad/datasets';

/** One line: what of a folder is not used, and why. */
export function sayLeftOut({ what, why, count, examples }: LeftOut): string {
  const more = count > examples.length ? ', ...' : '';
  return `${count} ${what} left out: ${why} (${examples.join(', ')}${more})`;
}
