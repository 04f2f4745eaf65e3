import { createHash } from 'node:crypto';
import golden from '../../test/resizing.json';
import { DatasetError, resizeBilinear, resizeNearest, type Picture } from '../browser.js';

function pattern(height: number, width: number): Picture {
  const data = Uint8Array.from({ length: height * width * 3 }, (_, i) => {
    const [c, x, y] = [i % 3, Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    return (x * 37 + y * 101 + c * 53 + x * y * 7) % 256;
  });
  return { width, height, data };
}

describe('bilinear, to the bit as Pillow', () => {
  test.each(golden.bilinear)('from $from to $to', ({ from, to, rgb }) => {
    const resized = resizeBilinear(pattern(from[0]!, from[1]!), [to[0]!, to[1]!]);
    expect([resized.height, resized.width]).toEqual(to);
    expect([...resized.data]).toEqual(rgb);
  });

  test.each(golden.bilinearHashes)('from $from to $to', ({ from, to, sha256 }) => {
    const { data } = resizeBilinear(pattern(from[0]!, from[1]!), [to[0]!, to[1]!]);
    expect(createHash('sha256').update(data).digest('hex')).toBe(sha256);
  });

  test('the same size gives a copy', () => {
    const picture = pattern(3, 5);
    const { data } = resizeBilinear(picture, [3, 5]);
    expect(data).toEqual(picture.data);
    expect(data).not.toBe(picture.data);
  });

  test.each([0, -1, 2.5, NaN])('refuses a width of %d', (width) => {
    expect(() => resizeBilinear(pattern(2, 2), [2, width])).toThrow(DatasetError);
    expect(() => resizeBilinear(pattern(2, 2), [2, width])).toThrow(`received ${width}`);
  });
});

describe('nearest, as Pillow', () => {
  test.each(golden.nearest)('$from pixels to $to', ({ from, to, index }) => {
    const line = Uint8Array.from({ length: from }, (_, i) => i);
    expect([...resizeNearest(line, [1, from], [1, to])]).toEqual(index);
    expect([...resizeNearest(line, [from, 1], [to, 1])]).toEqual(index);
  });

  test('rows and columns apart', () => {
    expect([...resizeNearest(Uint8Array.of(1, 2, 3, 4, 5, 6), [2, 3], [4, 3])]).toEqual([
      1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6,
    ]);
  });

  test('refuses values of another number', () => {
    expect(() => resizeNearest(new Uint8Array(5), [2, 3], [1, 1])).toThrow('2 x 3 values but received 5');
  });
});
