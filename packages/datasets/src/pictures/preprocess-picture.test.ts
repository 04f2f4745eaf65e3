import { runInNewContext } from 'node:vm';
import { DatasetError, IMAGENET_DEVIATION, IMAGENET_MEAN, preprocessPicture, type Pixels } from '../index.js';

describe('preprocessPicture', () => {
  const filled = (width: number, height: number, ...pixel: number[]): Pixels => ({
    width,
    height,
    data: Uint8Array.from({ length: width * height * pixel.length }, (_, i) => pixel[i % pixel.length]!),
  });

  test('normalises each channel by itself', () => {
    const picture = filled(4, 4, 51, 102, 255);
    const pixels = preprocessPicture(picture, { imageSize: [2, 3] });
    expect(pixels).toHaveLength(2 * 3 * 3);
    const expected = [0.2, 0.4, 1].map(
      (value, channel) => (value - IMAGENET_MEAN[channel]!) / IMAGENET_DEVIATION[channel]!,
    );
    for (let i = 0; i < pixels.length; i++) expect(pixels[i]).toBeCloseTo(expected[i % 3]!, 6);
    const plain = preprocessPicture(picture, { imageSize: [1, 1], mean: [0, 0, 0], deviation: [1, 1, 2] });
    expect([...plain].map((value) => value.toFixed(4))).toEqual(['0.2000', '0.4000', '0.5000']);
  });

  test('refuses options that cannot be', () => {
    const picture = { width: 1, height: 1, data: Uint8Array.of(1, 2, 3) };
    expect(() => preprocessPicture(picture, { imageSize: [1, 1], deviation: [1, 0, 1] })).toThrow(DatasetError);
    expect(() => preprocessPicture(picture, { imageSize: [1, 1], mean: [NaN, 0, 1] })).toThrow('received NaN');
    expect(() => preprocessPicture(picture, { imageSize: [0, 1] })).toThrow('height');
    expect(() =>
      preprocessPicture(picture, JSON.parse('{"imageSize":[1,1],"std":[1,1,1]}') as { imageSize: [1, 1] }),
    ).toThrow('received std');
  });

  test('RGBA as of a canvas is the same picture', () => {
    const rgb = Uint8Array.from({ length: 5 * 7 * 3 }, (_, i) => (i * 37) % 256);
    const rgba = new Uint8ClampedArray(5 * 7 * 4);
    for (let i = 0; i < 5 * 7; i++) rgba.set([...rgb.subarray(3 * i, 3 * i + 3), (i * 11) % 256], 4 * i);
    const imageSize = [3, 4] as const;
    const expected = preprocessPicture({ width: 5, height: 7, data: rgb }, { imageSize });
    expect(preprocessPicture({ width: 5, height: 7, data: rgba }, { imageSize })).toEqual(expected);
    expect(preprocessPicture({ width: 5, height: 7, data: new Uint8ClampedArray(rgb) }, { imageSize })).toEqual(
      expected,
    );
    const foreign = runInNewContext('new Uint8ClampedArray(values)', { values: [...rgba] }) as Uint8ClampedArray;
    expect(preprocessPicture({ width: 5, height: 7, data: foreign }, { imageSize })).toEqual(expected);
    // A part of a larger buffer.
    const buffer = new Uint8Array(rgb.length + 10).fill(99);
    buffer.set(rgb, 7);
    const part = buffer.subarray(7, 7 + rgb.length);
    expect(preprocessPicture({ width: 5, height: 7, data: part }, { imageSize })).toEqual(expected);
  });

  test.each([
    [
      { width: 2, height: 2, data: new Uint8Array(11) },
      'Expected 12 bytes (RGB) or 16 (RGBA) for a picture of 2 x 2 but received 11',
    ],
    [{ width: 2, height: 2, data: new Uint8Array(4) }, 'but received 4'],
    [{ width: 4, height: 4, data: new Uint8Array(2 * 8 * 4) }, undefined],
    [{ width: 0, height: 2, data: new Uint8Array(0) }, 'Expected a whole number above 0 for width but received 0'],
    [{ width: 2, height: 1.5, data: new Uint8Array(9) }, 'for height but received 1.5'],
    [{ width: 2, height: NaN, data: new Uint8Array(9) }, 'for height but received NaN'],
    [
      { width: 1, height: 1, data: new Float32Array(3) },
      'Expected a Uint8Array or Uint8ClampedArray for data but received Float32Array',
    ],
    [{ width: 1, height: 1, data: [1, 2, 3] }, 'received Array'],
    [{ width: 1, height: 1 }, 'received Undefined'],
  ])('checks %j', (picture, message) => {
    const run = (): Float32Array => preprocessPicture(picture as unknown as Pixels, { imageSize: [1, 1] });
    if (message === undefined) expect(run()).toHaveLength(3);
    else expect(run).toThrow(message);
  });
});
