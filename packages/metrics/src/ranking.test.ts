import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  auroc,
  averagePrecision,
  bestF1,
  measureImages,
  MetricsError,
  precisionRecallCurve,
  rocCurve,
} from './index.js';
import { randomSamples, type Samples } from '../test/samples.js';
import { seededUniform } from './random.js';
import golden from '../test/golden.json';

interface GoldenCase {
  scores: number[];
  labels: number[];
  auroc: number;
  average_precision: number;
  f1_max: number;
  roc: { fpr: number[]; tpr: number[] } | null;
}

function goldenCases(): GoldenCase[] {
  const full = resolve(__dirname, '../../../../shared/reference/metrics.json');
  return existsSync(full) ? (JSON.parse(readFileSync(full, 'utf8')) as { cases: GoldenCase[] }).cases : golden.cases;
}

function expectClose(received: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(received).toHaveLength(expected.length);
  for (let i = 0; i < expected.length; i++) expect(received[i]).toBeCloseTo(expected[i]!, 12);
}

/** Every pair of an anomalous and a normal sample, counted one by one. */
function pairwiseAuroc({ scores, labels }: Samples): number {
  let won = 0;
  let pairs = 0;
  for (const [i, positive] of scores.entries()) {
    for (const [j, negative] of scores.entries()) {
      if (labels[i] !== 1 || labels[j] !== 0) continue;
      won += positive > negative ? 1 : positive === negative ? 0.5 : 0;
      pairs++;
    }
  }
  return won / pairs;
}

/** Precision and recall at each distinct score, each counted over all samples. */
function pointsByCounting({
  scores,
  labels,
}: Samples): { threshold: number; precision: number; recall: number; falseRate: number }[] {
  const count = (label: number, threshold: number) =>
    Array.from(scores).reduce((n, score, i) => n + Number(labels[i] === label && score >= threshold), 0);
  return [...new Set(scores)]
    .sort((a, b) => b - a)
    .map((threshold) => {
      const [found, wrong] = [count(1, threshold), count(0, threshold)];
      return {
        threshold,
        precision: found / (found + wrong),
        recall: found / count(1, -Infinity),
        falseRate: wrong / count(0, -Infinity),
      };
    });
}

const manySamples: Samples[] = [2, 3, 10, 1000].flatMap((levels) =>
  [2, 3, 17, 80, 150].map((length) => randomSamples(seededUniform(levels * 1000 + length), length, levels)),
);

describe('scikit-learn', () => {
  test.each(goldenCases())('golden case %#', ({ scores, labels, ...expected }) => {
    for (const input of [scores, Float64Array.from(scores)]) {
      expect(auroc(input, labels)).toBeCloseTo(expected.auroc, 12);
      expect(averagePrecision(input, Uint8Array.from(labels))).toBeCloseTo(expected.average_precision, 12);
      expect(bestF1(input, labels).f1).toBeCloseTo(expected.f1_max, 12);
    }
    if (expected.roc === null) return;
    const curve = rocCurve(scores, labels);
    expectClose(curve.falsePositiveRate, expected.roc.fpr);
    expectClose(curve.truePositiveRate, expected.roc.tpr);
  });

  test('roc_curve has the thresholds of scikit-learn 1.9, with and without intermediate points', () => {
    const scores = [0.1, 0.4, 0.35, 0.8, 0.8, 0.2, 0.9];
    const labels = [0, 0, 1, 1, 1, 0, 1];
    const corners = rocCurve(scores, labels);
    expect([...corners.thresholds]).toEqual([Infinity, 0.9, 0.8, 0.4, 0.35, 0.1]);
    expectClose(corners.falsePositiveRate, [0, 0, 0, 1 / 3, 1 / 3, 1]);
    expectClose(corners.truePositiveRate, [0, 0.25, 0.75, 0.75, 1, 1]);
    expect([...rocCurve(scores, labels, { dropIntermediate: false }).thresholds]).toEqual([
      Infinity,
      0.9,
      0.8,
      0.4,
      0.35,
      0.2,
      0.1,
    ]);
  });
});

describe('against counting', () => {
  test.each(manySamples)('samples %#', (samples) => {
    const { scores, labels } = samples;
    const points = pointsByCounting(samples);
    expect(auroc(scores, labels)).toBeCloseTo(pairwiseAuroc(samples), 13);
    const precision = points.reduce(
      (sum, point, i) => sum + (point.recall - (points[i - 1]?.recall ?? 0)) * point.precision,
      0,
    );
    expect(averagePrecision(scores, labels)).toBeCloseTo(precision, 13);

    const f1 = ({ precision, recall }: { precision: number; recall: number }) =>
      recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
    const best = bestF1(scores, labels);
    expect(best.f1).toBeCloseTo(Math.max(...points.map(f1)), 13);
    const lowest = points.filter((point) => f1(point) > best.f1 - 1e-12).at(-1)!;
    expect(best.threshold).toBe(lowest.threshold);

    const curve = rocCurve(scores, labels, { dropIntermediate: false });
    expectClose(curve.falsePositiveRate, [0, ...points.map((point) => point.falseRate)]);
    expectClose(curve.truePositiveRate, [0, ...points.map((point) => point.recall)]);
    expect([...curve.thresholds]).toEqual([Infinity, ...points.map((point) => point.threshold)]);
  });
});

describe('properties', () => {
  test.each(manySamples)('samples %#', ({ scores, labels }) => {
    const area = auroc(scores, labels);
    const moved = Float64Array.from(scores, (score) => Math.exp(3 * score) - 7);
    expect(auroc(moved, labels)).toBe(area);
    expect(averagePrecision(moved, labels)).toBe(averagePrecision(scores, labels));
    expect(bestF1(moved, labels).f1).toBe(bestF1(scores, labels).f1);

    const negated = scores.map((score) => -score);
    const flipped = labels.map((label) => 1 - label);
    expect(auroc(negated, flipped)).toBe(area);
    expect(auroc(scores, flipped)).toBeCloseTo(1 - area, 13);
    expect(auroc(Float32Array.from([...scores, ...scores]), Uint8Array.from([...labels, ...labels]))).toBe(area);
    expect(auroc(scores.toReversed(), labels.toReversed())).toBe(area);

    const { falsePositiveRate: x, truePositiveRate: y } = rocCurve(scores, labels);
    const trapezoids = y.reduce(
      (sum, height, i) => (i === 0 ? 0 : sum + ((x[i]! - x[i - 1]!) * (height + y[i - 1]!)) / 2),
      0,
    );
    expect(trapezoids).toBeCloseTo(area, 12);
  });

  test('input is left as it was', () => {
    const scores = Float32Array.of(3, 1, 2);
    const labels = Uint8Array.of(0, 1, 1);
    auroc(scores, labels);
    expect([...scores, ...labels]).toEqual([3, 1, 2, 0, 1, 1]);
  });

  test('-0 and 0 tie', () => {
    expect(auroc([-0, 0], [0, 1])).toBe(0.5);
    expect(auroc(Float32Array.of(0, -0), [0, 1])).toBe(0.5);
  });
});

describe('one class', () => {
  const scores = [0.1, 0.2];
  test.each([0, 1])('only label %d', (label) => {
    const warnings: string[] = [];
    const options = { name: 'screw', onWarning: (message: string) => warnings.push(message) };
    const labels = [label, label];
    expect(auroc(scores, labels, options)).toBeNaN();
    expect(averagePrecision(scores, labels, options)).toBeNaN();
    expect(bestF1(scores, labels, options)).toEqual({ f1: NaN, threshold: NaN });
    const { falsePositiveRate, truePositiveRate } = rocCurve(scores, labels, options);
    expect([...falsePositiveRate]).toEqual(label === 1 ? [NaN, NaN, NaN] : [0, 0.5, 1]);
    expect([...truePositiveRate]).toEqual(label === 1 ? [0, 0.5, 1] : [NaN, NaN, NaN]);
    const { precision, recall } = precisionRecallCurve(scores, labels, options);
    expect([...precision]).toEqual(label === 1 ? [1, 1, 1] : [0, 0, 1]);
    expect([...recall]).toEqual(label === 1 ? [1, 0.5, 0] : [NaN, NaN, NaN]);
    expect(warnings).toEqual(
      ['AUROC', 'average precision', 'best F1', 'ROC curve', 'precision-recall curve'].map(
        (metric) => `${metric} of screw is undefined (NaN): all 2 labels are ${label}`,
      ),
    );
  });

  test('warns on the console when nobody listens', () => {
    const warn = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    expect(auroc(scores, [1, 1])).toBeNaN();
    expect(warn).toHaveBeenCalledWith('AUROC is undefined (NaN): all 2 labels are 1');
    warn.mockRestore();
  });
});

describe('refused', () => {
  test.each([auroc, averagePrecision, bestF1, rocCurve, precisionRecallCurve, measureImages])('%p', (metric) => {
    const refusal = (...args: Parameters<typeof auroc>) => {
      try {
        metric(...args);
      } catch (error) {
        expect(error).toBeInstanceOf(MetricsError);
        return (error as MetricsError).message;
      }
      return 'nothing was thrown';
    };
    expect(refusal([1, NaN, 2], [0, 1, 1], { name: 'tile' })).toMatch(
      /finite number for score 1 of .* of tile but received NaN/,
    );
    expect(refusal(Float32Array.of(1, 2, NaN), [0, 1, 1])).toMatch(/score 2 .*NaN/);
    expect(refusal([1, 2], [0, 2])).toMatch(/0 or 1 for label 1 .* received 2/);
    expect(refusal([1, 2], [0, NaN])).toMatch(/received NaN/);
    expect(refusal([1, Infinity], [0, 1])).toMatch(/finite number for score 1 .* received Infinity/);
    expect(refusal(Float32Array.of(-Infinity), [1])).toMatch(/received -Infinity/);
    expect(refusal([1, 2], [1])).toMatch(/1 labels and 2 scores/);
    expect(refusal([], [])).toMatch(/at least one score/);
    const misspelt = JSON.parse('{"nmae":"screw"}') as object;
    expect(refusal([1, 2], [0, 1], misspelt)).toMatch(/received nmae/);
  });
});
