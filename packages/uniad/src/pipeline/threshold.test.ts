import { quantile, thresholdFromNormal } from './threshold.js';

describe('quantile', () => {
  // numpy.quantile([3, 1, 4, 1, 5, 9, 2, 6], q)
  test.each([
    [0, 1],
    [0.1, 1],
    [0.25, 1.75],
    [0.5, 3.5],
    [0.9, 6.9],
    [0.99, 8.79],
    [1, 9],
  ])('at %d is what NumPy gives', (share, expected) => {
    const values = Float32Array.of(3, 1, 4, 1, 5, 9, 2, 6);
    expect(quantile(values, share)).toBeCloseTo(expected, 5);
    expect(Array.from(values)).toEqual([3, 1, 4, 1, 5, 9, 2, 6]);
  });

  test('of one value is that value', () => {
    expect(quantile(Float32Array.of(7), 0.99)).toBe(7);
  });
});

describe('thresholdFromNormal', () => {
  const inspection = (score: number) => ({ score, map: new Float32Array(64).fill(score / 2) });

  test('is the 99th percentile of the scores, and says so', () => {
    const { score, source } = thresholdFromNormal(
      Array.from({ length: 101 }, (_, i) => inspection(i)),
      'pictures',
    );
    expect(score).toBeCloseTo(99);
    expect(source).toBe('99th percentile of 101 pictures');
  });

  test.each([
    ['one picture', [3]],
    ['scores that are all the same', [2, 2, 2, 2]],
    ['scores of zero', [0, 0]],
  ])('%s: finite, and heat has a range', (_, scores) => {
    const { score, mapRange } = thresholdFromNormal(scores.map(inspection), 'pictures');
    expect(Number.isFinite(score)).toBe(true);
    expect(mapRange[1]).toBeGreaterThan(mapRange[0]);
  });
});
