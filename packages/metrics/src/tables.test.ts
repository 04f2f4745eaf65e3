import { auroc, imageMetrics, measureImages, measurePixels, pixelMetrics, PixelMetrics } from './index.js';
import { seededUniform } from './random.js';
import { randomMaps, randomSamples } from '../test/samples.js';

test('every entry is measured under its own name', () => {
  const { scores, labels } = randomSamples(seededUniform(2), 50, 10);
  const images = measureImages(scores, labels);
  expect(Object.keys(images)).toEqual(imageMetrics.map(({ name }) => name));
  expect(images.imageAuroc).toBe(auroc(scores, labels));
  const pixels = new PixelMetrics();
  for (const { map, mask, size } of randomMaps(seededUniform(2), 4, 50, 0.2)) pixels.add(map, mask, size);
  const ofPixels = measurePixels(pixels);
  expect(Object.keys(ofPixels)).toEqual(pixelMetrics.map(({ name }) => name));
  expect(ofPixels.aupro).toBe(pixels.aupro());
  const all = [...imageMetrics, ...pixelMetrics];
  for (const key of ['name', 'title'] as const) expect(new Set(all.map((metric) => metric[key])).size).toBe(all.length);
});

test('perfect scores are 1 and higher is better for every entry', () => {
  const labels = [0, 0, 0, 1, 1];
  for (const { of } of imageMetrics) {
    expect(of([1, 2, 3, 4, 5], labels)).toBe(1);
    expect(of([5, 4, 3, 2, 1], labels)).toBeLessThan(1);
  }
  const [good, bad] = [new PixelMetrics(), new PixelMetrics()];
  good.add([1, 2, 3, 4, 5], labels, [1, 5]);
  bad.add([5, 4, 3, 2, 1], labels, [1, 5]);
  for (const { of } of pixelMetrics) {
    expect(of(good)).toBeCloseTo(1, 15);
    expect(of(bad)).toBeLessThan(1);
  }
});

test('one warning for all metrics of one class', () => {
  const warnings: string[] = [];
  const onWarning = (message: string) => warnings.push(message);
  expect(Object.values(measureImages([1, 2], [1, 1], { name: 'nut', onWarning }))).toEqual([NaN, NaN, NaN]);
  const pixels = new PixelMetrics({ name: 'nut', onWarning });
  pixels.add([1, 2], [0, 0], [1, 2]);
  expect(Object.values(measurePixels(pixels))).toEqual([NaN, NaN, NaN, NaN]);
  expect(warnings).toEqual([
    'image metrics of nut are undefined (NaN): all 2 labels are 1',
    'pixel metrics of nut are undefined (NaN): all 2 labels are 0',
  ]);
});
