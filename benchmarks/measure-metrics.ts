/** Times one metric over the maps in a folder, added one by one; meant to be the only work of its process, so that its memory is its own. */
import { openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { PixelMetrics } from '@uniad/metrics';

const [folder, side, count, metric, bins] = process.argv.slice(2) as [
  string,
  string,
  string,
  'auroc' | 'aupro',
  string?,
];
const size = [Number(side), Number(side)] as const;
const map = new Float32Array(size[0] * size[1]);
const mask = new Uint8Array(map.length);
const [maps, masks] = ['maps', 'masks'].map((name) => openSync(join(folder, name), 'r'));
const pixels = new PixelMetrics(bins === undefined ? {} : { bins: Number(bins) });

let milliseconds = 0;
let cpuMicroseconds = 0;
function timed<T>(work: () => T): T {
  const [started, cpu] = [performance.now(), process.cpuUsage()];
  const result = work();
  const { user, system } = process.cpuUsage(cpu);
  milliseconds += performance.now() - started;
  cpuMicroseconds += user + system;
  return result;
}

for (let index = 0; index < Number(count); index++) {
  readSync(maps!, map);
  readSync(masks!, mask);
  timed(() => pixels.add(map, mask, size));
}
const value = timed(() => pixels[metric]());
const figures = {
  value,
  seconds: milliseconds / 1000,
  cpuSeconds: cpuMicroseconds / 1e6,
  peakRssMB: process.resourceUsage().maxRSS / 1024,
  bound: pixels.errorBounds()[metric],
};
console.log(JSON.stringify(figures));
