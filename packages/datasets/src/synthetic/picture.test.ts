import { DatasetError } from '../errors.js';
import { defectsOf, drawPicture, syntheticKinds } from './index.js';

const SIZE = 128;

function share(mask: Uint8Array): number {
  return mask.reduce((sum, marked) => sum + marked, 0) / mask.length;
}

/** Mean difference of two pictures where a mask has a value. */
function difference(a: Uint8Array, b: Uint8Array, mask: Uint8Array, value: number): number {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] !== value) continue;
    for (let c = 3 * i; c < 3 * i + 3; c++) sum += Math.abs(a[c]! - b[c]!);
    count += 3;
  }
  return sum / count;
}

test('there are objects and textures, each with several defects', () => {
  expect(syntheticKinds).toEqual([
    'bolt',
    'cap',
    'capsule',
    'connector',
    'gear',
    'brushed_metal',
    'leather',
    'tile',
    'weave',
    'wood',
  ]);
  const names = new Set(syntheticKinds.flatMap((kind) => defectsOf(kind)));
  expect([...names].sort()).toEqual([
    'contamination',
    'crack',
    'dent',
    'misplaced_part',
    'missing_part',
    'scratch',
    'stain',
  ]);
  for (const kind of syntheticKinds) expect(defectsOf(kind).length).toBeGreaterThanOrEqual(4);
});

describe.each(syntheticKinds)('%s', (kind) => {
  const good = drawPicture({ kind, seed: 3, index: 5, size: SIZE });

  test('a good picture has contrast and an empty mask', () => {
    expect(good).toMatchObject({ width: SIZE, height: SIZE, defect: 'good' });
    expect(good.data).toHaveLength(3 * SIZE * SIZE);
    expect(share(good.mask)).toBe(0);
    const mean = good.data.reduce((sum, value) => sum + value, 0) / good.data.length;
    const deviation = Math.sqrt(good.data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / good.data.length);
    expect(mean).toBeGreaterThan(30);
    expect(mean).toBeLessThan(225);
    expect(deviation).toBeGreaterThan(4);
  });

  test('the same options draw the same bytes; another index or seed draws another picture', () => {
    expect(drawPicture({ kind, seed: 3, index: 5, size: SIZE }).data).toEqual(good.data);
    for (const other of [
      { seed: 3, index: 6 },
      { seed: 4, index: 5 },
    ]) {
      expect(difference(drawPicture({ kind, ...other, size: SIZE }).data, good.data, good.mask, 0)).toBeGreaterThan(2);
    }
  });

  test.each(defectsOf(kind))('%s is marked where it is seen and nowhere else', (defect) => {
    for (let index = 0; index < 4; index++) {
      const sound = drawPicture({ kind, seed: 3, index, size: SIZE });
      const bad = drawPicture({ kind, seed: 3, index, size: SIZE, defect });
      expect(bad.defect).toBe(defect);
      expect([...new Set(bad.mask)].sort()).toEqual([0, 1]);
      expect(share(bad.mask)).toBeGreaterThan(0.001);
      expect(share(bad.mask)).toBeLessThan(0.2);
      expect(difference(bad.data, sound.data, bad.mask, 1)).toBeGreaterThan(5);
      expect(difference(bad.data, sound.data, bad.mask, 0)).toBeLessThan(0.5);
    }
  });
});

test('a picture does not depend on what was drawn before it', () => {
  const first = drawPicture({ kind: 'gear', seed: 1, index: 9, size: 64, defect: 'stain' });
  drawPicture({ kind: 'wood', seed: 1, index: 2, size: 64 });
  expect(drawPicture({ kind: 'gear', seed: 1, index: 9, size: 64, defect: 'stain' })).toEqual(first);
});

test('any size in range can be drawn', () => {
  expect(drawPicture({ kind: 'capsule', seed: 0, index: 0 }).width).toBe(256);
  expect(drawPicture({ kind: 'capsule', seed: 0, index: 0, size: 65, defect: 'stain' }).mask).toHaveLength(65 * 65);
});

test.each([
  [{ kind: 'banana' }, /Expected a kind among bolt, .*, wood but received "banana"/],
  [
    { kind: 'wood', defect: 'missing_part' as const },
    /Expected a defect of wood among scratch, .* but received "missing_part"/,
  ],
  [{ size: 63 }, /Expected a whole number from 64 to 2048 for size but received 63/],
  [{ index: -1 }, /Expected a whole number of at least 0 for index but received -1/],
  [{ seed: 0.5 }, /for seed but received 0.5/],
  [{ colour: 'red' }, /received colour/],
])('refuses %j', (wrong, message) => {
  const draw = () => drawPicture({ kind: 'bolt', seed: 0, index: 0, ...wrong });
  expect(draw).toThrow(DatasetError);
  expect(draw).toThrow(message);
});
