import { chiSquareDeviations, moments } from '../test/statistics.js';
import { ArgumentError } from './errors.js';
import { Generator } from './generator.js';

describe('fillKept', () => {
  test.each([0.001, 0.1, 0.37, 0.5, 0.9, 0.999])('drops at rate %p', (rate) => {
    const mask = new Generator(9).fillKept(new Uint8Array(1_000_000), rate);
    const dropped = mask.length - mask.reduce((sum, kept) => sum + kept, 0);
    expect(mask.every((kept) => kept === 0 || kept === 1)).toBe(true);
    expect(Math.abs(dropped - rate * mask.length)).toBeLessThan(5 * Math.sqrt(mask.length * rate * (1 - rate)));
  });

  test('the gaps are geometric, and each is independent of the one before', () => {
    const rate = 0.1;
    const mask = new Generator(10).fillKept(new Uint8Array(2_000_000), rate);
    const gaps: number[] = [];
    let last = -1;
    mask.forEach((kept, i) => {
      if (kept) return;
      gaps.push(i - last - 1);
      last = i;
    });
    const longest = 40;
    const probability = (gap: number) => (gap < longest ? rate * (1 - rate) ** gap : (1 - rate) ** longest);
    const expected = Array.from({ length: longest + 1 }, (_, gap) => gaps.length * probability(gap));
    const counts = new Array<number>(longest + 1).fill(0);
    for (const gap of gaps) counts[Math.min(gap, longest)]! += 1;
    expect(Math.abs(chiSquareDeviations(counts, expected))).toBeLessThan(4);
    const { mean, deviation } = moments(gaps);
    const correlation =
      gaps.reduce((sum, gap, i) => (i === 0 ? 0 : sum + (gap - mean) * (gaps[i - 1]! - mean)), 0) /
      gaps.length /
      deviation ** 2;
    expect(Math.abs(correlation)).toBeLessThan(5 / Math.sqrt(gaps.length));
  });

  test('every position is as likely, the first and last too', () => {
    const generator = new Generator(12);
    const dropped = new Array<number>(13).fill(0);
    for (let i = 0; i < 40_000; i++)
      generator.fillKept(new Uint8Array(13), 0.3).forEach((kept, at) => (dropped[at]! += 1 - kept));
    for (const count of dropped) expect(Math.abs(count - 12_000)).toBeLessThan(5 * Math.sqrt(40_000 * 0.21));
  });

  test('rate 0 keeps all and draws nothing; others are refused', () => {
    const generator = new Generator(13);
    const state = generator.state;
    expect(generator.fillKept(new Uint8Array(5), 0)).toEqual(Uint8Array.of(1, 1, 1, 1, 1));
    expect(generator.state).toEqual(state);
    for (const rate of [1, -0.1, NaN]) expect(() => generator.fillKept(new Uint8Array(5), rate)).toThrow(ArgumentError);
  });

  test('draws once for each dropped element, not for each element', () => {
    const generator = new Generator(14);
    const drawn = () => generator.state[3]!; // sfc32 counts its draws.
    const before = drawn();
    const mask = generator.fillKept(new Uint8Array(100_000), 0.1);
    const dropped = mask.length - mask.reduce((sum, kept) => sum + kept, 0);
    expect(drawn() - before).toBe(dropped + 1);
  });
});
