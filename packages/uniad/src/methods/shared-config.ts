import * as v from 'valibot';
import { ConfigError } from '../errors.js';
import { flag, notNegative, oneOf, that } from '../validate.js';

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

/** Which backbones there are is told by {@link describeBackbone}. */
export const backboneEntry = that<string>(
  'the name of a backbone',
  (value) => typeof value === 'string' && value !== '',
);

/** The stages of a backbone whose feature maps are joined, shallowest first. */
export const rising = that<readonly number[]>('stages in rising order, such as [1, 2, 3, 4]', isRising);

/** Side of a window that has a middle. */
export const oddSide = that<number>(
  'an odd number',
  (value) => Number.isInteger(value) && (value as number) % 2 === 1 && (value as number) > 0,
);

/** What every method has to say: which features it sees, and how its map becomes a picture's score. */
export const sharedEntries = {
  backbone: v.object({
    name: backboneEntry,
    /** The stages whose feature maps are joined, shallowest first; by default all up to stride 16 (section 4.2). */
    stages: rising,
    /** Table A5: `false` trains the backbone like any other part. */
    frozen: flag,
  }),
  /** Pictures are resized to this many pixels. */
  imageSize: size,
  /** Feature maps are resized to this many tokens. */
  featureSize: size,
  /** How feature maps are brought to that size, by which the anomaly map is brought back to the picture's. */
  neck: v.object({
    /** `aligned`: bilinear, corners aligned (UniAD, section 3.3); `average`: cells are averaged, or interpolated between their centres. */
    resize: oneOf('aligned', 'average'),
    /** Side of the window, in cells of a stage's map, whose mean takes a cell's place beforehand (PatchCore, section 3.1). */
    patchSize: oddSide,
  }),
  /** Deviation of the Gaussian that smooths the map, in pixels; 0 leaves it as it is. */
  smoothing: notNegative,
  /** How a map becomes the score of the picture: its average-pooled maximum (MVTec-AD), its mean (CIFAR-10), or its largest value. */
  imageScore: oneOf('max', 'mean', 'max-pixel'),
};

/** The paper's choices for MVTec-AD (section 4.2). */
export const sharedDefaults = {
  backbone: { name: 'efficientnet_b4', stages: [1, 2, 3, 4], frozen: true },
  imageSize: [224, 224],
  featureSize: [14, 14],
  neck: { resize: 'aligned', patchSize: 1 },
  smoothing: 0,
  imageScore: 'max',
} as const;

/**
 * @param why the method trains no backbone, in words
 * @throws ConfigError for a backbone that is trained
 */
export function requireFrozen(
  { method, backbone }: { readonly method: string; readonly backbone: { readonly frozen: boolean } },
  why = 'which trains nothing',
): void {
  if (backbone.frozen) return;
  throw new ConfigError(`Expected true for backbone.frozen by the method ${method}, ${why}, but received false`);
}

/** Pixels of the window on each side of its middle: four deviations hold all but a ten-thousandth of a Gaussian. */
export const smoothingRadius = (sigma: number) => Math.floor(4 * sigma + 0.5);
