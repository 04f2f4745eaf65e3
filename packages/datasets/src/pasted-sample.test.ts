import { syntheticSet } from './synthetic/index.js';
import { pasteAnomalies } from './pasted-sample.js';
import type { Sample } from './dataset.js';
import type { Picture } from './pictures/picture.js';
import { perlin } from './synthetic/noise.js';
import { perlinMask } from './synthetic/perlin-mask.js';
import { Random } from './synthetic/random.js';

function samples(): { sample: Sample; picture: Picture }[] {
  const drawn = [...syntheticSet({ kinds: ['gear', 'tile'], train: 6, test: 0, size: 64 })];
  return drawn.map(({ category, index, data }) => {
    const picture = { width: 64, height: 64, data };
    const id = `${category}/train/good/${index}.png`;
    const sample: Sample = {
      id,
      path: `/parts/${id}`,
      category,
      split: 'train',
      defect: 'good',
      anomalous: false,
      hasMask: true,
      content: () => Promise.resolve(data),
      picture: () => Promise.resolve(picture),
      mask: ([height, width]) => Promise.resolve(new Uint8Array(height * width)),
    };
    return { sample, picture };
  });
}

test('Perlin noise is 0 on whole numbers, smooth, and within -1 and 1, which it comes near', () => {
  const at = perlin(3);
  expect(Math.abs(at(4, 7))).toBeLessThan(1e-12);
  let [low, high] = [0, 0];
  for (let i = 0; i < 40_000; i++) {
    const [x, y] = [(i % 200) / 7.3, Math.floor(i / 200) / 6.1];
    const value = at(x, y);
    expect(Math.abs(at(x + 1e-4, y) - value)).toBeLessThan(1e-3);
    [low, high] = [Math.min(low, value), Math.max(high, value)];
  }
  expect([low, high]).toEqual([expect.closeTo(-0.9, 0), expect.closeTo(0.9, 0)]);
  expect(low).toBeGreaterThanOrEqual(-1);
  expect(high).toBeLessThanOrEqual(1);
});

test('masks cover a part of the picture, small or large, fine or coarse', () => {
  const areas = Array.from({ length: 40 }, (_, i) => {
    return perlinMask(64, new Random(String(i))).reduce((sum, inside) => sum + inside, 0) / 64 ** 2;
  });
  for (const area of areas) {
    expect(area).toBeGreaterThanOrEqual(0.002);
    expect(area).toBeLessThanOrEqual(0.3);
  }
  expect(Math.min(...areas)).toBeLessThan(0.02);
  expect(Math.max(...areas)).toBeGreaterThan(0.1);
});

test('pasted anomalies change what their mask marks and nothing else, and follow from the seed', async () => {
  const good = samples();
  const pasted = pasteAnomalies(
    good.map(({ sample }) => sample),
    { seed: 1 },
  );
  const again = pasteAnomalies(
    good.map(({ sample }) => sample),
    { seed: 1 },
  );
  const others = pasteAnomalies(good.map(({ sample }) => sample));
  let same = 0;
  for (const [i, one] of pasted.entries()) {
    expect(one).toMatchObject({ anomalous: true, category: good[i]!.sample.category, defect: 'pasted', hasMask: true });
    const { data } = await one.picture();
    const mask = (await one.mask([64, 64]))!;
    const changed = data.filter((value, at) => value !== good[i]!.picture.data[at] && mask[Math.floor(at / 3)] === 1);
    expect(data.filter((value, at) => value !== good[i]!.picture.data[at]).length).toBe(changed.length);
    expect(changed.length).toBeGreaterThan(mask.reduce((sum, inside) => sum + inside, 0)); // of three channels each
    expect((await again[i]!.picture()).data).toEqual(data);
    expect(await again[i]!.content()).toEqual(await one.content());
    expect(await others[i]!.content()).not.toEqual(await one.content());
    if (String((await others[i]!.picture()).data) === String(data)) same++;
    expect((await one.mask([32, 16]))!).toHaveLength(32 * 16);
  }
  expect(same).toBe(0);
  expect(new Set(pasted.map(({ id }) => id)).size).toBe(pasted.length);
});

test('one good picture lends itself its texture; a seed is a whole number', async () => {
  const { sample } = samples()[0]!;
  const [pasted] = pasteAnomalies([sample]);
  expect((await pasted!.picture()).data).not.toEqual((await sample.picture()).data);
  expect(() => pasteAnomalies([sample], { seed: 0.5 })).toThrow(
    'a whole number of at least 0 for seed but received 0.5',
  );
});
