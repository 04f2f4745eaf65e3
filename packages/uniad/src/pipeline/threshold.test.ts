import { Generator } from '@uniad/nn';
import { quantile, studentQuantile, thresholdFromNormal, thresholdsByKind } from './threshold.js';

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
  const normal = (scores: readonly number[]) => ({ scores, pixels: Float32Array.from(scores, (score) => score / 2) });

  test('is the 99th percentile of many scores, and says so', () => {
    const { score, source } = thresholdFromNormal(normal(Array.from({ length: 401 }, (_, i) => i)), 'pictures');
    expect(score).toBeCloseTo(396);
    expect(source).toMatch(/^quantile for 1 % of false alarms from 401 pictures/);
  });

  test.each([
    ['one picture', [3]],
    ['scores that are all the same', [2, 2, 2, 2]],
    ['scores of zero', [0, 0]],
  ])('%s: finite, and heat has a range', (_, scores) => {
    const { score, mapRange } = thresholdFromNormal(normal(scores), 'pictures');
    expect(Number.isFinite(score)).toBe(true);
    expect(scores.every((one) => one < score)).toBe(true); // None of them is called anomalous.
    expect(mapRange[1]).toBeGreaterThan(mapRange[0]);
  });
});

describe('studentQuantile', () => {
  // scipy.stats.t.ppf(share, freedom)
  test.each([
    [0.99, 4, 3.74695],
    [0.99, 9, 2.82144],
    [0.95, 5, 2.01505],
    [0.999, 20, 3.55181],
    [0.99, 1000, 2.33008],
  ])('%d with %d degrees of freedom', (share, freedom, expected) => {
    expect(Math.abs(studentQuantile(share, freedom) / expected - 1)).toBeLessThan(0.005);
  });
});

describe('thresholdsByKind', () => {
  test.each([3, 6, 20, 100, 400])('of %d good pictures a kind, about one in a hundred others is beyond', (n) => {
    const generator = new Generator(n);
    let beyond = 0;
    const [rounds, kinds, others] = [60, 4, 50];
    for (let round = 0; round < rounds; round++) {
      const draw = (kind: number, count: number) =>
        Array.from(generator.fillNormal(new Float32Array(count), 2 * kind, 0.1 + 0.05 * kind), Math.exp);
      const scores = new Map(Array.from({ length: kinds }, (_, kind) => [`${kind}`, draw(kind, n)]));
      for (const [name, { threshold }] of thresholdsByKind(scores, 'pictures')) {
        beyond += draw(Number(name), others).filter((score) => score >= threshold).length;
      }
    }
    const share = beyond / (rounds * kinds * others);
    expect(share).toBeGreaterThan(0.003);
    expect(share).toBeLessThan(0.025);
  });

  test.each([5, 12])('%d pictures of a kind that is alone are not taken for more', (n) => {
    const generator = new Generator(n);
    const draw = (count: number) =>
      Array.from(generator.fillNormal(new Float32Array(count), 1, 0.2), (value) => Math.exp(value));
    let beyond = 0;
    for (let round = 0; round < 4000; round++) {
      const { threshold } = thresholdsByKind(new Map([['', draw(n)]]), 'pictures').get('')!;
      beyond += draw(20).filter((score) => score >= threshold).length;
    }
    // The deviation of these 4000 thresholds' mean share is about 0.0004.
    expect(Math.abs(beyond / 80_000 - 0.01)).toBeLessThan(0.002);
  });

  test('a kind of few pictures leans on how the others vary, and no more than on so many', () => {
    const narrow = [10, 10.01, 10.02];
    const spread = (scale: number) => Array.from({ length: 40 }, (_, i) => Math.exp(scale * Math.sin(7 * i)));
    const at = (scale: number) =>
      thresholdsByKind(
        new Map([
          ['narrow', narrow],
          ['other', spread(scale)],
        ]),
        'pictures',
      ).get('narrow')!.threshold;
    expect(at(0.3)).toBeGreaterThan(at(0.1));
    expect(at(0.1)).toBeGreaterThan(1.05 * thresholdsByKind(new Map([['', narrow]]), 'pictures').get('')!.threshold);
  });

  test('of no kinds there are none', () => {
    expect(thresholdsByKind(new Map(), 'pictures')).toEqual(new Map());
  });

  test('a smaller share of false alarms asks for a higher threshold', () => {
    const scores = new Map([['gear', [1, 1.2, 0.9, 1.1, 1.3]]]);
    const at = (share: number) => thresholdsByKind(scores, 'pictures', share).get('gear')!.threshold;
    expect(at(0.001)).toBeGreaterThan(at(0.01));
    expect(at(0.01)).toBeGreaterThan(at(0.2));
    expect(at(0.2)).toBeGreaterThan(1.1);
  });

  test('says on how many pictures it rests, and what they assure', () => {
    const { source } = thresholdsByKind(new Map([['gear', [1, 2, 3]]]), 'good pictures').get('gear')!;
    expect(source).toBe(
      'prediction limit for 1 % of false alarms from 3 good pictures; the pictures alone assure at most 63 % (95 % confidence)',
    );
  });
});
