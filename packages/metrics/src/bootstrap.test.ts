import { auroc, bootstrapInterval, imageMetrics, MetricsError, type Labels, type Scores } from './index.js';
import { seededUniform } from './random.js';
import { randomSamples } from '../test/samples.js';

const { scores, labels } = randomSamples(seededUniform(3), 120, 1000);

test('the same seed gives the same interval, around the value, narrower with less confidence', () => {
  for (const { of } of imageMetrics) {
    const interval = bootstrapInterval(of, scores, labels);
    expect(bootstrapInterval(of, scores, labels, { seed: 0 })).toEqual(interval);
    expect(bootstrapInterval(of, scores, labels, { seed: 1 })).not.toEqual(interval);
    expect(interval.low).toBeLessThan(of(scores, labels));
    expect(interval.high).toBeGreaterThan(of(scores, labels));
    const half = bootstrapInterval(of, scores, labels, { confidence: 0.5 });
    expect(half.low).toBeGreaterThan(interval.low);
    expect(half.high).toBeLessThan(interval.high);
  }
});

test('either class is drawn among itself, every sample as often', () => {
  const counts = new Map<number, number>();
  let mixed = false;
  const given = [10, 20, 30, 40, 50];
  const drawn = (some: Scores, itsLabels: Labels) => {
    Array.from(some).forEach((score, i) => {
      mixed ||= score >= 30 !== Boolean(itsLabels[i]);
      counts.set(score, (counts.get(score) ?? 0) + 1);
    });
    mixed ||= Array.from(itsLabels).filter(Boolean).length !== 3;
    return 0;
  };
  bootstrapInterval(drawn, given, [0, 0, 1, true, 1], { resamples: 4000 });
  expect(mixed).toBe(false);
  for (const score of given) expect(counts.get(score)! / 4001).toBeCloseTo(1, 1);
});

test('the ends are the percentiles of the values', () => {
  let call = 0;
  const counting = () => (call++ === 0 ? 0 : call - 1); // 1 to 101 over the resamples
  const { low, high } = bootstrapInterval(counting, [1, 2], [0, 1], { resamples: 101, confidence: 0.9 });
  expect(low).toBeCloseTo(6, 12);
  expect(high).toBeCloseTo(96, 12);
});

test('the mean of normal scores has the interval of the normal distribution', () => {
  const uniform = seededUniform(8);
  const normal = Array.from({ length: 400 }, () => uniform());
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const meanOfNormal = (some: Scores, itsLabels: Labels) => mean(Array.from(some).filter((_, i) => itsLabels[i] === 0));
  const deviation = Math.sqrt(mean(normal.map((value) => (value - mean(normal)) ** 2)) / normal.length);
  const { low, high } = bootstrapInterval(meanOfNormal, [...normal, 5], [...normal.map(() => 0), 1], {
    resamples: 4000,
  });
  expect((low - mean(normal)) / deviation).toBeCloseTo(-1.96, 0);
  expect((high - low) / deviation).toBeGreaterThan(2 * 1.96 * 0.95);
  expect((high - low) / deviation).toBeLessThan(2 * 1.96 * 1.05);
});

test('95 of 100 intervals cover the true AUROC, or nearly', () => {
  // Scores u and u + 0.3, u uniform: P(u + 0.3 > v) = 1 - 0.7 ** 2 / 2.
  const truth = 1 - 0.7 ** 2 / 2;
  const uniform = seededUniform(21);
  const covered = Array.from({ length: 200 }, (_, seed) => {
    const someLabels = Uint8Array.from({ length: 90 }, (_, i) => Number(i % 3 === 0));
    const { low, high } = bootstrapInterval(
      auroc,
      Array.from(someLabels, (label) => uniform() + 0.3 * label),
      someLabels,
      {
        resamples: 200,
        seed,
      },
    );
    return low <= truth && truth <= high;
  }).filter(Boolean).length;
  expect(covered / 200).toBeGreaterThan(0.89);
  expect(covered / 200).toBeLessThan(0.99);
});

test('one class only: NaN and one warning', () => {
  const warnings: string[] = [];
  const onWarning = (message: string) => warnings.push(message);
  expect(bootstrapInterval(auroc, [1, 2], [0, 0], { name: 'nut', onWarning })).toEqual({ low: NaN, high: NaN });
  expect(warnings).toEqual(['AUROC of nut is undefined (NaN): all 2 labels are 0']);
});

test.each<[object, RegExp]>([
  [{ resamples: 0 }, /positive whole number for resamples but received 0/],
  [{ resamples: 2.5 }, /received 2.5/],
  [{ confidence: 95 }, /between 0 and 1 but received 95/],
  [{ confidence: NaN }, /received NaN/],
  [{ seeds: 1 }, /received seeds/],
])('refused %p', (options, message) => {
  expect(() => bootstrapInterval(auroc, scores, labels, options)).toThrow(MetricsError);
  expect(() => bootstrapInterval(auroc, scores, labels, options)).toThrow(message);
});
