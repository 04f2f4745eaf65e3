import { PixelMetrics } from '@uniad/metrics';
import { Generator } from '@uniad/nn';
import { binsFor, sayBinned } from './pixel-bins.js';

test('every score of MVTec-AD is kept; those of ten thousand pictures are counted', () => {
  expect(binsFor(1725 * 224 * 224)).toEqual({});
  expect(binsFor(10_000 * 224 * 224)).toEqual({ bins: 2 ** 20 });
});

test('what counting costs is told, and true', () => {
  const counted = new PixelMetrics(binsFor(Infinity));
  const exact = new PixelMetrics();
  for (let seed = 0; seed < 4; seed++) {
    const mask = Uint8Array.from({ length: 4096 }, (_, i) => Number(i % 64 > 50));
    const map = new Generator(seed).fillNormal(new Float32Array(4096), 10, 1).map((score, i) => score + 2 * mask[i]!);
    counted.add(map, mask, [64, 64]);
    exact.add(map, mask, [64, 64]);
  }
  const off = Number(/at most ([\d.e-]+)$/.exec(sayBinned(counted))![1]);
  expect(off).toBeGreaterThan(0);
  expect(off).toBeLessThan(0.01);
  expect(Math.abs(counted.auroc() - exact.auroc())).toBeLessThan(off);
  expect(Math.abs(counted.aupro() - exact.aupro())).toBeLessThan(off);
});
