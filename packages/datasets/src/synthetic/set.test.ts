import { defectsOf, drawPicture, syntheticSet } from './index.js';

const SIZE = 64;

test('train is good, test is good and every defect in turn', () => {
  const samples = [...syntheticSet({ kinds: ['weave', 'gear'], train: 2, test: 15, size: SIZE })];
  expect(samples).toHaveLength(34);
  expect(samples.map((sample) => sample.category)).toEqual([...Array(17).fill('weave'), ...Array(17).fill('gear')]);
  const gear = samples.slice(17);
  expect(gear.slice(0, 2).map(({ split, defect, index }) => ({ split, defect, index }))).toEqual([
    { split: 'train', defect: 'good', index: 0 },
    { split: 'train', defect: 'good', index: 1 },
  ]);
  const test = gear.slice(2);
  expect(test.every(({ split }) => split === 'test')).toBe(true);
  expect(test.filter((_, i) => i % 2 === 0).every(({ defect }) => defect === 'good')).toBe(true);
  expect(test.filter((_, i) => i % 2 === 1).map(({ defect }) => defect)).toEqual(defectsOf('gear'));
});

test('a larger set starts with the pictures of a smaller one, and no picture is in both splits', () => {
  const small = [...syntheticSet({ kinds: ['bolt'], seed: 7, train: 2, test: 3, size: SIZE })];
  const large = [...syntheticSet({ kinds: ['bolt'], seed: 7, train: 4, test: 6, size: SIZE })];
  expect(small).toEqual([...large.slice(0, 2), ...large.slice(4, 7)]);
  expect(new Set(large.map(({ data }) => data.join())).size).toBe(large.length);
});

test('an iterable can be walked again', () => {
  const set = syntheticSet({ kinds: ['wood'], train: 1, test: 0, size: SIZE });
  expect([...set]).toEqual([...set]);
  expect([...set][0]!.data).toEqual(drawPicture({ kind: 'wood', seed: 0, index: 0, size: SIZE }).data);
});

test.each([
  [{ kinds: ['wood', 'cheese'] }, /Expected a kind among .* but received "cheese"/],
  [{ train: 0 }, /at least 1 for train but received 0/],
  [{ test: -1 }, /at least 0 for test but received -1/],
  [{ count: 3 }, /received count/],
])('refuses %j before drawing', (wrong: object, message) => {
  expect(() => syntheticSet(wrong)).toThrow(message);
});
