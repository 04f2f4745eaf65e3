import { auroc, averagePrecision, bestF1, MetricsError, PixelMetrics, rocCurve } from './index.js';
import { randomMaps, shuffled, type MapWithMask } from '../test/samples.js';
import { seededUniform } from './random.js';
import { slowAupro } from '../test/slow-aupro.js';

const { concat } = Array.prototype;

function measured(
  maps: readonly MapWithMask[],
  options: ConstructorParameters<typeof PixelMetrics>[0] = {},
): PixelMetrics {
  const pixels = new PixelMetrics(options);
  for (const { map, mask, size } of maps) pixels.add(map, mask, size);
  return pixels;
}

const flat = (maps: readonly MapWithMask[]) => ({
  scores: Float64Array.from(
    concat.apply(
      [],
      maps.map(({ map }) => [...map]),
    ) as number[],
  ),
  labels: Uint8Array.from(
    concat.apply(
      [],
      maps.map(({ mask }) => [...mask]),
    ) as number[],
  ),
});

/** Few levels have many ties; regions from lone pixels to large ones. */
const cases = [2, 5, 40, 1e6].flatMap((levels) => [0.03, 0.2, 0.5].map((rate) => [levels, rate] as const));

describe.each(cases)('%d levels, %d of the pixels anomalous', (levels, rate) => {
  const maps = randomMaps(seededUniform(levels + 1000 * rate), 7, levels, rate);
  const pixels = measured(maps);

  test('AUPRO equals a slow one, at several limits', () => {
    for (const limit of [0.01, 0.1, 0.3, 1]) expect(pixels.aupro({ limit })).toBeCloseTo(slowAupro(maps, limit), 11);
  });

  test('the rest equals the metrics of all pixels at once', () => {
    const { scores, labels } = flat(maps);
    expect(pixels.maps).toBe(7);
    expect(pixels.auroc()).toBe(auroc(scores, labels));
    expect(pixels.averagePrecision()).toBe(averagePrecision(scores, labels));
    expect(pixels.bestF1()).toEqual(bestF1(scores, labels));
  });

  test('neither order, nor batches, nor asking in between, nor pooling matters', () => {
    const expected = [pixels.auroc(), pixels.averagePrecision(), pixels.bestF1(), pixels.aupro()];
    const same = (other: PixelMetrics) => {
      expect([other.auroc(), other.averagePrecision(), other.bestF1()]).toEqual(expected.slice(0, 3));
      expect(other.aupro()).toBeCloseTo(pixels.aupro(), 12);
      expect(other.maps).toBe(pixels.maps);
    };
    same(measured(shuffled(maps, seededUniform(1))));
    const asked = new PixelMetrics({ onWarning: () => undefined });
    for (const { map, mask, size } of maps) {
      asked.add(map, mask, size);
      asked.aupro();
    }
    same(asked);
    const pooled = new PixelMetrics();
    const parts = [maps.slice(0, 3), maps.slice(3, 4), maps.slice(4)].map((part) => measured(part));
    parts[1]!.auroc(); // sorted or not
    for (const part of parts) pooled.merge(part);
    same(pooled);
    expect(parts.map((part) => part.maps)).toEqual([3, 1, 3]);
    expect(parts[0]!.auroc()).toBe(measured(maps.slice(0, 3)).auroc());
  });

  test('a monotone transformation changes nothing, swapped labels give 1 - AUROC', () => {
    const moved = measured(
      maps.map(({ map, ...rest }) => ({ ...rest, map: map.map((score) => Math.fround(2 * score - 3)) })),
    );
    const doubles = measured(
      maps.map(({ map, ...rest }) => ({ ...rest, map: Float64Array.from(map, (score) => Math.exp(score)) })),
    );
    for (const other of [moved, doubles]) {
      expect(other.auroc()).toBe(pixels.auroc());
      expect(other.averagePrecision()).toBe(pixels.averagePrecision());
      expect(other.bestF1().f1).toBe(pixels.bestF1().f1);
      expect(other.aupro()).toBeCloseTo(pixels.aupro(), 12);
    }
    const swapped = measured(maps.map(({ mask, ...rest }) => ({ ...rest, mask: mask.map((label) => 1 - label) })));
    expect(swapped.auroc()).toBeCloseTo(1 - pixels.auroc(), 13);
  });

  test.each([2 ** 10, 2 ** 12, 2 ** 16])('%d bins are off by no more than their bound', (bins) => {
    const binned = measured(maps, { bins });
    const bounds = binned.errorBounds();
    const tiny = 1e-12;
    expect(Math.abs(binned.auroc() - pixels.auroc())).toBeLessThanOrEqual(bounds.auroc + tiny);
    expect(Math.abs(binned.averagePrecision() - pixels.averagePrecision())).toBeLessThanOrEqual(
      bounds.averagePrecision + tiny,
    );
    expect(pixels.bestF1().f1 - binned.bestF1().f1).toBeGreaterThanOrEqual(-tiny);
    expect(pixels.bestF1().f1 - binned.bestF1().f1).toBeLessThanOrEqual(bounds.bestF1 + tiny);
    expect(Math.abs(binned.aupro() - pixels.aupro())).toBeLessThanOrEqual(bounds.aupro + tiny);
    const strict = { limit: 0.02 };
    expect(Math.abs(binned.aupro(strict) - pixels.aupro(strict))).toBeLessThanOrEqual(
      binned.errorBounds(strict).aupro + tiny,
    );
    const pooled = measured(maps.slice(0, 2), { bins });
    pooled.merge(measured(maps.slice(2), { bins }));
    expect(pooled.auroc()).toBe(binned.auroc());
    expect(pooled.aupro()).toBeCloseTo(binned.aupro(), 12);
  });

  test('thinned curves are points of the exact ones, within their distance', () => {
    const { scores, labels } = flat(maps);
    const exact = rocCurve(scores, labels, { dropIntermediate: false });
    const all = pixels.rocCurve({ maxPoints: 1e6 });
    expect(all).toEqual(exact);
    const thin = pixels.rocCurve({ maxPoints: 50 });
    expect(thin.thresholds.length).toBeLessThanOrEqual(50);
    const pro = pixels.proCurve({ maxPoints: 50 });
    expect(pro.thresholds.length).toBeLessThanOrEqual(50);
    expect(pro.perRegionOverlap.at(-1)).toBeCloseTo(1, 12);
    const recall = pixels.precisionRecallCurve({ maxPoints: 50 });
    expect(recall.thresholds.length).toBeLessThanOrEqual(50);
    expect([recall.recall[0], recall.recall.at(-1), recall.precision.at(-1)]).toEqual([1, 0, 1]);

    const places = new Map(Array.from(exact.thresholds, (threshold, i) => [threshold, i]));
    thin.thresholds.forEach((threshold, i) => {
      const place = places.get(threshold)!;
      expect([thin.falsePositiveRate[i], thin.truePositiveRate[i]]).toEqual([
        exact.falsePositiveRate[place],
        exact.truePositiveRate[place],
      ]);
      if (i === 0 || place === places.get(thin.thresholds[i - 1]!)! + 1) return; // a straight piece
      const width = thin.falsePositiveRate[i]! - thin.falsePositiveRate[i - 1]!;
      const height = thin.truePositiveRate[i]! - thin.truePositiveRate[i - 1]!;
      expect(width + height).toBeLessThanOrEqual(4 / 47 + 1e-12);
    });
  });
});

test('the PRO curve of two regions by hand', () => {
  const pixels = measured([
    { map: Float32Array.of(9, 5, 3, 1, 0, 7), mask: Uint8Array.of(1, 1, 0, 0, 0, 1), size: [1, 6] },
    { map: Float32Array.of(0, 0, 4, 0), mask: Uint8Array.of(0, 0, 0, 0), size: [2, 2] },
  ]);
  const { falsePositiveRate, perRegionOverlap, thresholds } = pixels.proCurve();
  expect([...thresholds]).toEqual([Infinity, 9, 7, 5, 4, 3, 1, 0]);
  expect([...perRegionOverlap]).toEqual([0, 0.25, 0.75, 1, 1, 1, 1, 1]);
  expect([...falsePositiveRate]).toEqual([0, 0, 0, 0, 1 / 7, 2 / 7, 3 / 7, 1]);
  expect(pixels.aupro()).toBeCloseTo(1, 15);
});

test('constant scores: the curve is the diagonal', () => {
  const pixels = measured([
    { map: new Float32Array(9).fill(2), mask: Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 1), size: [3, 3] },
  ]);
  expect(pixels.auroc()).toBe(0.5);
  expect(pixels.averagePrecision()).toBe(2 / 9);
  expect(pixels.aupro()).toBeCloseTo(0.15, 15); // half the limit
  expect([...pixels.proCurve().perRegionOverlap]).toEqual([0, 1]);
});

test('scores that only doubles tell apart are told apart, wherever they come', () => {
  const single = { map: Float32Array.of(1, 2, 0.5, 3), mask: Uint8Array.of(0, 1, 0, 0), size: [2, 2] } as const;
  const double = { map: [1, 1 + 1e-12, 1 - 1e-12, 1], mask: [false, true, false, true], size: [2, 2] } as const;
  for (const maps of [
    [single, double],
    [double, single],
  ]) {
    const pixels = new PixelMetrics();
    for (const { map, mask, size } of maps) pixels.add(map, mask, size);
    const scores = [1, 2, 0.5, 3, ...double.map];
    const labels = [0, 1, 0, 0, 0, 1, 0, 1];
    expect(pixels.auroc()).toBe(auroc(scores, labels));
    expect(pixels.bestF1()).toEqual(bestF1(scores, labels));
    const pooled = measured([{ ...single, map: single.map.slice() }]);
    const other = new PixelMetrics();
    other.add(double.map, double.mask, double.size);
    pooled.merge(other);
    expect(pooled.auroc()).toBe(pixels.auroc());
  }
});

test('binned thresholds part the pixels as counted; zeros of either sign are one', () => {
  const map = Float32Array.of(-3.4e38, -1, -0, 0, 1e-30, 3.4e38);
  const mask = Uint8Array.of(0, 0, 1, 0, 1, 1);
  const { thresholds, truePositiveRate, falsePositiveRate } = measured([{ map, mask, size: [2, 3] }], {
    bins: 1024,
  }).rocCurve();
  const above = (threshold: number, label: number) =>
    map.filter((score, i) => mask[i] === label && score >= threshold).length / 3;
  expect(thresholds).toHaveLength(6);
  thresholds.forEach((threshold, i) => {
    expect(truePositiveRate[i]).toBe(above(threshold, 1));
    expect(falsePositiveRate[i]).toBe(above(threshold, 0));
  });
});

test('an anomalous pixel just above a normal one, in one bin, is off by the whole bound', () => {
  const maps: MapWithMask[] = [{ map: Float32Array.of(1, 1.1), mask: Uint8Array.of(0, 1), size: [1, 2] }];
  const [exact, binned] = [measured(maps), measured(maps, { bins: 1024 })];
  expect([exact.auroc(), exact.averagePrecision(), exact.bestF1().f1, exact.aupro()]).toEqual([1, 1, 1, 1]);
  const { auroc: ofAuroc, averagePrecision: ofPrecision, bestF1: ofF1, aupro: ofAupro } = binned.errorBounds();
  expect(1 - binned.auroc()).toBeCloseTo(ofAuroc, 14);
  expect(1 - binned.averagePrecision()).toBeCloseTo(ofPrecision, 14);
  expect(1 - binned.bestF1().f1).toBeCloseTo(ofF1, 14);
  expect(1 - binned.aupro()).toBeCloseTo(ofAupro, 14);
  expect(exact.errorBounds()).toEqual({ auroc: 0, averagePrecision: 0, bestF1: 0, aupro: 0 });
});

test.each([0, 1])('one class only: NaN, and one warning until more is seen (%d)', (label) => {
  const warnings: string[] = [];
  for (const options of [{}, { bins: 1024 }]) {
    const pixels = new PixelMetrics({ ...options, name: 'screw', onWarning: (message) => warnings.push(message) });
    pixels.add(Float32Array.of(1, 2), [label, label], [1, 2]);
    expect(pixels.auroc()).toBeNaN();
    expect(pixels.averagePrecision()).toBeNaN();
    expect(pixels.bestF1()).toEqual({ f1: NaN, threshold: NaN });
    expect(pixels.aupro()).toBeNaN();
    expect(pixels.errorBounds()).toEqual({ auroc: NaN, averagePrecision: NaN, bestF1: NaN, aupro: NaN });
    expect([...pixels.proCurve()[label === 1 ? 'falsePositiveRate' : 'perRegionOverlap']]).toContainEqual(NaN);
    pixels.add(Float32Array.of(3), [1 - label], [1, 1]);
    expect(pixels.auroc()).toBe(label === 1 ? 0 : 1);
  }
  const warning = `pixel metrics of screw are undefined (NaN): all 2 labels are ${label}`;
  expect(warnings).toEqual([warning, warning]);
});

test('a refused map leaves nothing behind', () => {
  const pixels = measured([{ map: Float32Array.of(1, 2, 3), mask: Uint8Array.of(0, 1, 0), size: [1, 3] }]);
  const before = pixels.aupro();
  expect(() => pixels.add(Float32Array.of(9, 9, NaN), [1, 1, 0], [1, 3])).toThrow(/pixel 2 of map 1 .* received NaN/);
  expect(() => pixels.add(Float32Array.of(9, 9, 9), [1, 1, 2], [1, 3])).toThrow(/mask value 2 of map 1 .* received 2/);
  expect(pixels.maps).toBe(1);
  expect(pixels.aupro()).toBe(before);
});

test.each<[() => unknown, RegExp]>([
  [() => new PixelMetrics({ bins: 1000 }), /power of two from 1024 to 16777216 for bins but received 1000/],
  [() => new PixelMetrics({ bins: 2 ** 25 }), /received 33554432/],
  [() => new PixelMetrics(JSON.parse('{"bin":1}') as object), /received bin/],
  [() => new PixelMetrics({ name: 'tile' }).auroc(), /at least one map for pixel metrics of tile/],
  [() => new PixelMetrics().add([1], [1, 0], [1, 1]), /1 x 1 mask values for map 0 of pixel metrics but received 2/],
  [() => new PixelMetrics().add([1, 2, 3], [1, 0], [1, 2]), /1 x 2 scores .* received 3/],
  [() => new PixelMetrics().add([], [], [0, 3]), /positive height and width .* received 0 x 3/],
  [() => new PixelMetrics().add([Infinity], [0], [1, 1]), /pixel 0 .* received Infinity/],
  [() => new PixelMetrics({ bins: 1024 }).add([1e39], [0], [1, 1]), /float32 .* received 1e\+39/],
  [() => new PixelMetrics().merge(new PixelMetrics({ bins: 1024 })), /no bins .* received 1024 bins/],
  [() => new PixelMetrics({ bins: 2048 }).merge(new PixelMetrics({ bins: 1024 })), /2048 bins .* received 1024 bins/],
  [() => pooledWithItself(), /others to merge into pixel metrics but received itself/],
  [() => measured(someMaps).aupro({ limit: 0 }), /limit above 0 and at most 1 but received 0/],
  [() => measured(someMaps).aupro({ limit: 30 }), /received 30/],
  [() => measured(someMaps).aupro({ limit: NaN }), /received NaN/],
  [() => measured(someMaps).rocCurve({ maxPoints: 3 }), /at least 4 for maxPoints but received 3/],
  [() => measured(someMaps).aupro(JSON.parse('{"fprLimit":0.3}') as object), /received fprLimit/],
])('refused %#', (call, message) => {
  expect(call).toThrow(MetricsError);
  expect(call).toThrow(message);
});

const someMaps: MapWithMask[] = [{ map: Float32Array.of(1, 2), mask: Uint8Array.of(0, 1), size: [1, 2] }];

function pooledWithItself(): void {
  const pixels = measured(someMaps);
  pixels.merge(pixels);
}
