import { preprocessPicture } from '@uniad/datasets';
import type { Pixels } from '@uniad/datasets';
import * as v from 'valibot';
import type { Size } from '../methods/shared-config.js';
import { that } from '../validate.js';

const isTriple = (value: unknown, holds: (x: number) => boolean) =>
  Array.isArray(value) && value.length === 3 && value.every((x) => Number.isFinite(x) && holds(x as number));

type Triple = readonly [red: number, green: number, blue: number];

/** See {@link InputSettings}. */
export const inputSchema = v.object({
  /** Taken from each channel of values from 0 to 1. */
  mean: that<Triple>('three numbers', (value) => isTriple(value, () => true)),
  /** Each channel is divided by it then. */
  deviation: that<Triple>('three numbers above 0', (value) => isTriple(value, (x) => x > 0)),
  /** Values of 16-bit and float pictures that are black and white; absent where the training pictures had 8 bits. */
  range: v.optional(
    that<readonly [black: number, white: number]>(
      'two rising numbers',
      (value) => Array.isArray(value) && value.length === 2 && value.every(Number.isFinite) && value[0] < value[1],
    ),
  ),
});

/** How a picture becomes numbers: saved in the model, so that training and prediction treat a picture alike. */
export type InputSettings = Readonly<v.InferOutput<typeof inputSchema>>;

/** A decoded picture as a network takes it: `[height, width, 3]` of `imageSize`, normalised. */
export function prepareImage(picture: Pixels, imageSize: Size, { mean, deviation }: InputSettings): Float32Array {
  return preprocessPicture(picture, { imageSize, mean, deviation });
}
