import { holdOut } from './hold-out.js';

describe('holdOut', () => {
  const good = Array.from({ length: 25 }, (_, i) => i);

  test('every tenth picture for a tenth of them, spread over all', () => {
    expect(holdOut(good, { share: 0.1 })).toEqual({
      train: good.filter((i) => i !== 9 && i !== 19),
      heldOut: [9, 19],
    });
  });

  test.each([0.05, 0.1, 0.2, 0.25, 0.3, 0.5, 0.9])('a share of %d to the picture, none twice, none lost', (share) => {
    const { train, heldOut } = holdOut(good, { share });
    expect(heldOut).toHaveLength(Math.floor(25 * share + 1e-9));
    expect([...train, ...heldOut].sort((a, b) => a - b)).toEqual(good);
  });

  test('none for a share of 0', () => {
    expect(holdOut(good, { share: 0 })).toEqual({ train: good, heldOut: [] });
  });

  test('what is beyond the first so many', () => {
    expect(holdOut(good, { share: 0.1, trainPerCategory: 20 })).toEqual({
      train: good.slice(0, 20),
      heldOut: good.slice(20),
    });
    expect(holdOut(good, { share: 0.1, trainPerCategory: 90 })).toEqual({ train: good, heldOut: [] });
  });
});
