import { Generator } from '@uniad/nn';
import { groupPictures } from './group-pictures.js';

const CHANNELS = 16;

/** Descriptors of pictures of a kind: its own place, and a deviation about it. */
function kind(seed: number, count: number): Float32Array[] {
  const center = new Generator(seed).fillNormal(new Float32Array(CHANNELS), 0, 4);
  const generator = new Generator(1000 + seed);
  return Array.from({ length: count }, () => {
    return generator.fillNormal(new Float32Array(CHANNELS), 0, 1).map((value, i) => value + center[i]!);
  });
}

test.each([[[30]], [[30, 30]], [[12, 40, 20]], [[15, 15, 15, 15, 15]]])('finds kinds of %j pictures', (counts) => {
  const pictures = counts.flatMap((count, seed) => kind(seed, count).map((descriptor) => ({ seed, descriptor })));
  // In an order that tells nothing.
  const mixed = pictures.map((_, i) => pictures[(i * 37) % pictures.length]!);
  const groups = groupPictures(mixed.map(({ descriptor }) => descriptor));
  expect(groups.flat().toSorted((a, b) => a - b)).toEqual(mixed.map((_, i) => i));
  const found = groups.map((group) => [...new Set(group.map((place) => mixed[place]!.seed))]);
  expect(found.toSorted(([a = 0], [b = 0]) => a - b)).toEqual(counts.map((_, seed) => [seed]));
  expect(groups.map(([first]) => first)).toEqual(groups.map(([first = 0]) => first).toSorted((a, b) => a - b));
});

test('a few pictures of another look make no kind, and few pictures or equal ones one', () => {
  expect(groupPictures([...kind(0, 30), ...kind(1, 5)])).toHaveLength(1);
  expect(groupPictures(kind(0, 1))).toEqual([[0]]);
  expect(groupPictures(Array.from({ length: 30 }, () => Float32Array.of(1, 2)))).toHaveLength(1);
});
