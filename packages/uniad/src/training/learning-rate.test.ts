import { learningRateSchedule } from './learning-rate.js';
import { resolveTraining } from './training-options.js';

const rates = (options: Parameters<typeof resolveTraining>[0], batches: number) => {
  const training = resolveTraining(options);
  return Array.from({ length: training.epochs * batches }, (_, step) => learningRateSchedule(training, batches)(step));
};

test("the paper's: a tenth after 80 % of the epochs, at an epoch's start", () => {
  expect(rates({ epochs: 5, learningRate: 2 }, 2)).toEqual([
    ...Array<number>(8).fill(2),
    expect.closeTo(0.2),
    expect.closeTo(0.2),
  ]);
});

test('the step schedule after a warm-up', () => {
  expect(rates({ epochs: 5, learningRate: 2, warmUp: 0.4 }, 2).slice(0, 5)).toEqual([0.5, 1, 1.5, 2, 2]);
});

test('cosine: up to the peak, down to nearly nothing', () => {
  const cosine = rates({ epochs: 10, learningRate: 2, schedule: 'cosine', warmUp: 0.1 }, 10);
  expect(cosine[0]).toBeCloseTo(0.2);
  expect(Math.max(...cosine)).toBe(2);
  expect(cosine.indexOf(2)).toBe(9);
  expect(cosine[55]).toBeCloseTo(1, 1);
  expect(cosine.at(-1)).toBeLessThan(1e-3);
});
