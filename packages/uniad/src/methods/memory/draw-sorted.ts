import type { Generator } from '@uniad/nn';

/** So many different numbers below `count`, each as likely as any other, in rising order. */
export function drawSorted(size: number, count: number, generator: Generator): Uint32Array {
  const drawn = new Uint32Array(size);
  // Each is taken with the share of those still wanted among those still to come.
  for (let i = 0, taken = 0; taken < size; i++) {
    if (generator.uniform() * (count - i) < size - taken) drawn[taken++] = i;
  }
  return drawn;
}
