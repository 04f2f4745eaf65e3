import { ArgumentError } from './errors.js';
import { cosineSchedule, stepSchedule } from './schedule.js';

test('stepSchedule falls at every milestone', () => {
  const rate = stepSchedule({ learningRate: 1, milestones: [800, 900], factor: 0.1 });
  expect([0, 799, 800, 899, 900, 5000].map(rate)).toEqual([1, 1, 0.1, 0.1, 0.1 ** 2, 0.1 ** 2]);
});

test('cosineSchedule rises, then falls to zero and stays there', () => {
  const rate = cosineSchedule({ learningRate: 2, warmUp: 4, steps: 12 });
  const expected = [0.5, 1, 1.5, 2, 2, 1 + Math.cos(Math.PI / 8), 1 + Math.SQRT1_2, 1 + Math.sin(Math.PI / 8), 1];
  expected.forEach((value, i) => expect(rate(i)).toBeCloseTo(value, 12));
  expect(rate(12)).toBeCloseTo(0, 12);
  expect(rate(100)).toBeCloseTo(0, 12);
  for (let i = 4; i < 12; i++) expect(rate(i + 1)).toBeLessThan(rate(i));
  expect(cosineSchedule({ learningRate: 2, warmUp: 0, steps: 3 })(0)).toBe(2);
});

test.each([
  [-1, 5],
  [5, 5],
  [NaN, 5],
])('cosineSchedule refuses a warm-up of %p in %p steps', (warmUp, steps) => {
  expect(() => cosineSchedule({ learningRate: 1, warmUp, steps })).toThrow(ArgumentError);
});
