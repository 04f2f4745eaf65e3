import { auroc, averagePrecision, bestF1, PixelMetrics, precisionRecallCurve, rocCurve } from './index.js';
import { namedSamples } from '../test/samples.js';
import { labelRegions } from './regions.js';
import golden from '../test/scikit-learn.json';

function expectClose(received: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(received).toHaveLength(expected.length);
  for (let i = 0; i < expected.length; i++) expect(received[i]).toBeCloseTo(expected[i]!, 12);
}

test.each(golden.rankings)('ranking metrics of $name', ({ name, length, levels, rate, ...expected }) => {
  const { scores, labels } = namedSamples(name, length, levels, rate);
  for (const given of [labels, Array.from(labels, Boolean)]) {
    expect(auroc(scores, given)).toBeCloseTo(expected.auroc, 12);
    expect(averagePrecision(scores, given)).toBeCloseTo(expected.averagePrecision, 12);
    expect(bestF1(scores, given).f1).toBeCloseTo(expected.bestF1, 12);
  }
  const { falsePositiveRate, truePositiveRate } = rocCurve(scores, labels);
  expectClose(falsePositiveRate, expected.falsePositiveRate);
  expectClose(truePositiveRate, expected.truePositiveRate);
  const curve = precisionRecallCurve(scores, labels);
  expectClose(curve.precision, expected.precision);
  expectClose(curve.recall, expected.recall);
  expect([...curve.thresholds]).toEqual([...expected.thresholds, Infinity]);
});

test.each(golden.maps)('pixel metrics of $name', ({ name, count, size, levels, rate, ...expected }) => {
  const [height, width] = [size[0]!, size[1]!];
  const { scores, labels } = namedSamples(name, count * height * width, levels, rate);
  const pixels = new PixelMetrics();
  let regions = 0;
  for (let start = 0; start < scores.length; start += height * width) {
    const mask = labels.subarray(start, start + height * width);
    if (start === 0) expect([...labelRegions(mask, height, width).labels]).toEqual(expected.labelsOfFirst);
    regions += labelRegions(mask, height, width).sizes.length;
    pixels.add(scores.subarray(start, start + height * width), mask, [height, width]);
  }
  expect(regions).toBe(expected.regions);
  expect(pixels.auroc()).toBeCloseTo(expected.auroc, 12);
  expect(pixels.averagePrecision()).toBeCloseTo(expected.averagePrecision, 12);
  for (const [limit, aupro] of Object.entries(expected.aupro)) {
    expect(pixels.aupro({ limit: Number(limit) })).toBeCloseTo(aupro, 12);
  }
  expect(pixels.aupro()).toBe(pixels.aupro({ limit: 0.3 }));
});
