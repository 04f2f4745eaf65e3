import * as v from 'valibot';
import { flag, oneOf, that } from '../validate.js';

/** Height and width, in pixels or in tokens. */
export type Size = readonly [height: number, width: number];

const isSize = (value: unknown, holds: (side: number) => boolean) =>
  Array.isArray(value) &&
  value.length === 2 &&
  value.every((side) => Number.isInteger(side) && side > 0 && holds(side));

/** Two sides, each a positive whole number. */
export const size = that<Size>('two positive whole numbers, height and width', (value) => isSize(value, () => true));

/** Two sides, each odd, so that a window has a middle. */
export const oddSize = that<Size>('two odd numbers, height and width', (value) =>
  isSize(value, (side) => side % 2 === 1),
);

const isRising = (value: unknown) =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((stage, i) => Number.isInteger(stage) && stage > (i > 0 ? (value[i - 1] as number) : 0));

/** What every method has to say: which features it sees, and how its map becomes a picture's score. */
export const sharedEntries = {
  backbone: v.object({
    name: that<string>('the name of a backbone', (value) => typeof value === 'string' && value !== ''),
    /** The stages whose feature maps are joined, shallowest first; by default all up to stride 16 (section 4.2). */
    stages: that<readonly number[]>('stages in rising order, such as [1, 2, 3, 4]', isRising),
    /** Table A5: `false` trains the backbone like any other part. */
    frozen: flag,
  }),
  /** Pictures are resized to this many pixels. */
  imageSize: size,
  /** Feature maps are resized to this many tokens. */
  featureSize: size,
  /** How a map becomes the score of the picture: its average-pooled maximum (MVTec-AD) or its mean (CIFAR-10). */
  imageScore: oneOf('max', 'mean'),
};

/** The paper's choices for MVTec-AD (section 4.2). */
export const sharedDefaults = {
  backbone: { name: 'efficientnet_b4', stages: [1, 2, 3, 4], frozen: true },
  imageSize: [224, 224],
  featureSize: [14, 14],
  imageScore: 'max',
} as const;
