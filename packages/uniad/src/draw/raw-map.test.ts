import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { encodeRawMap } from './raw-map.js';

const map = Float32Array.from([0.25, -3.5, 1e-20, 1234.5678, NaN, 65536.5]);
const file = encodeRawMap(map, [2, 3]);

test('is a picture of one float channel, to sharp', async () => {
  expect(await sharp(file).metadata()).toMatchObject({
    format: 'tiff',
    width: 3,
    height: 2,
    channels: 1,
    depth: 'float',
  });
});

test('holds every value bit by bit', async () => {
  const at = file.length - map.byteLength;
  const back = Float32Array.from(map, (_, i) => file.readFloatLE(at + 4 * i));
  expect(Array.from(back)).toEqual(Array.from(map));
});

const python = (() => {
  try {
    execFileSync('python3', ['-c', 'import PIL'], { stdio: 'ignore' });
    return 'python3';
  } catch {
    return undefined;
  }
})();
(python ? test : test.skip)('is read by Pillow as it was written', () => {
  const folder = mkdtempSync(join(tmpdir(), 'uniad-raw-'));
  try {
    writeFileSync(join(folder, 'map.tiff'), file);
    const script = `from PIL import Image; i = Image.open(${JSON.stringify(join(folder, 'map.tiff'))}); print(i.mode, i.size, [i.getpixel((x, y)) for y in range(2) for x in range(3)])`;
    const told = execFileSync(python!, ['-c', script], { encoding: 'utf8' }).trim();
    expect(told).toMatch(/^F \(3, 2\) \[0\.25, -3\.5, .*, 1234\.56\d+, nan, 65536\.5\]$/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('refuses a map of another size', () => {
  expect(() => encodeRawMap(map, [3, 3])).toThrow('Expected 3 x 3 map values but received 6');
});
