import { centredPictures, imagenetPictures } from './pictures.js';
import type { Pictures } from './pictures.js';

/** Repeated blocks; only the first of them strides. */
export interface BlockGroup {
  readonly kind: 'inverted' | 'fused' | 'plain';
  readonly repeats: number;
  readonly channels: number;
  readonly expansion: number;
  readonly kernel: 3 | 5;
  readonly stride: 1 | 2;
}

/** EfficientNet (Tan and Le 2019), its Lite sibling, or EfficientNetV2 (Tan and Le 2021). */
export interface EfficientNetVariant {
  readonly family: Family;
  /** Channels are multiplied by this. */
  readonly width: number;
  /** Repeats are multiplied by this. */
  readonly depth: number;
  /** Pixels a side that the network was designed for; with it, padding is fixed to what suits that size. */
  readonly designSize?: number;
  readonly pictures: Pictures;
}

/** What the sizes of one family share. */
export interface Family {
  readonly groups: readonly BlockGroup[];
  readonly stemChannels: number;
  readonly activation: 'silu' | 'relu6';
  readonly squeezeExcite: boolean;
  /** Rounding to a multiple of 8 may lose this share of the channels, and no more. */
  readonly roundingLoss: number;
  /** Whether stem and head keep their width, and the first and last group their repeats, at every size. */
  readonly fixedEnds: boolean;
}

const V1_GROUPS: readonly BlockGroup[] = [
  { kind: 'inverted', repeats: 1, channels: 16, expansion: 1, kernel: 3, stride: 1 },
  { kind: 'inverted', repeats: 2, channels: 24, expansion: 6, kernel: 3, stride: 2 },
  { kind: 'inverted', repeats: 2, channels: 40, expansion: 6, kernel: 5, stride: 2 },
  { kind: 'inverted', repeats: 3, channels: 80, expansion: 6, kernel: 3, stride: 2 },
  { kind: 'inverted', repeats: 3, channels: 112, expansion: 6, kernel: 5, stride: 1 },
  { kind: 'inverted', repeats: 4, channels: 192, expansion: 6, kernel: 5, stride: 2 },
  { kind: 'inverted', repeats: 1, channels: 320, expansion: 6, kernel: 3, stride: 1 },
];

const V1: Family = {
  groups: V1_GROUPS,
  stemChannels: 32,
  activation: 'silu',
  squeezeExcite: true,
  roundingLoss: 0.1,
  fixedEnds: false,
};

/** Made for edge devices: no squeeze and excite, and an activation that quantises well. */
const LITE: Family = { ...V1, activation: 'relu6', squeezeExcite: false, fixedEnds: true };

const V2 = { activation: 'silu', squeezeExcite: true, roundingLoss: 1, fixedEnds: false } as const;

const V2_BASE: Family = {
  ...V2,
  stemChannels: 32,
  groups: [
    { kind: 'plain', repeats: 1, channels: 16, expansion: 1, kernel: 3, stride: 1 },
    { kind: 'fused', repeats: 2, channels: 32, expansion: 4, kernel: 3, stride: 2 },
    { kind: 'fused', repeats: 2, channels: 48, expansion: 4, kernel: 3, stride: 2 },
    { kind: 'inverted', repeats: 3, channels: 96, expansion: 4, kernel: 3, stride: 2 },
    { kind: 'inverted', repeats: 5, channels: 112, expansion: 6, kernel: 3, stride: 1 },
    { kind: 'inverted', repeats: 8, channels: 192, expansion: 6, kernel: 3, stride: 2 },
  ],
};

const V2_SMALL: Family = {
  ...V2,
  stemChannels: 24,
  groups: [
    { kind: 'plain', repeats: 2, channels: 24, expansion: 1, kernel: 3, stride: 1 },
    { kind: 'fused', repeats: 4, channels: 48, expansion: 4, kernel: 3, stride: 2 },
    { kind: 'fused', repeats: 4, channels: 64, expansion: 4, kernel: 3, stride: 2 },
    { kind: 'inverted', repeats: 6, channels: 128, expansion: 4, kernel: 3, stride: 2 },
    { kind: 'inverted', repeats: 9, channels: 160, expansion: 6, kernel: 3, stride: 1 },
    { kind: 'inverted', repeats: 15, channels: 256, expansion: 6, kernel: 3, stride: 2 },
  ],
};

const V2_MEDIUM: Family = {
  ...V2,
  stemChannels: 24,
  groups: [
    { kind: 'plain', repeats: 3, channels: 24, expansion: 1, kernel: 3, stride: 1 },
    { kind: 'fused', repeats: 5, channels: 48, expansion: 4, kernel: 3, stride: 2 },
    { kind: 'fused', repeats: 5, channels: 80, expansion: 4, kernel: 3, stride: 2 },
    { kind: 'inverted', repeats: 7, channels: 160, expansion: 4, kernel: 3, stride: 2 },
    { kind: 'inverted', repeats: 14, channels: 176, expansion: 6, kernel: 3, stride: 1 },
    { kind: 'inverted', repeats: 18, channels: 304, expansion: 6, kernel: 3, stride: 2 },
    { kind: 'inverted', repeats: 5, channels: 512, expansion: 6, kernel: 3, stride: 1 },
  ],
};

const V2_LARGE: Family = {
  ...V2,
  stemChannels: 32,
  groups: [
    { kind: 'plain', repeats: 4, channels: 32, expansion: 1, kernel: 3, stride: 1 },
    { kind: 'fused', repeats: 7, channels: 64, expansion: 4, kernel: 3, stride: 2 },
    { kind: 'fused', repeats: 7, channels: 96, expansion: 4, kernel: 3, stride: 2 },
    { kind: 'inverted', repeats: 10, channels: 192, expansion: 4, kernel: 3, stride: 2 },
    { kind: 'inverted', repeats: 19, channels: 224, expansion: 6, kernel: 3, stride: 1 },
    { kind: 'inverted', repeats: 25, channels: 384, expansion: 6, kernel: 3, stride: 2 },
    { kind: 'inverted', repeats: 7, channels: 640, expansion: 6, kernel: 3, stride: 1 },
  ],
};

const V1_SCALES = {
  b0: { width: 1.0, depth: 1.0, size: 224 },
  b1: { width: 1.0, depth: 1.1, size: 240 },
  b2: { width: 1.1, depth: 1.2, size: 260 },
  b3: { width: 1.2, depth: 1.4, size: 300 },
  b4: { width: 1.4, depth: 1.8, size: 380 },
  b5: { width: 1.6, depth: 2.2, size: 456 },
  b6: { width: 1.8, depth: 2.6, size: 528 },
  b7: { width: 2.0, depth: 3.1, size: 600 },
} as const;

type V1Size = keyof typeof V1_SCALES;

/** `efficientnet_*` pads as the official implementation, `tf_efficientnet*` as TensorFlow and timm. */
export type EfficientNetName =
  | `efficientnet_${V1Size}`
  | `tf_efficientnet_${V1Size}`
  | `tf_efficientnet_lite${0 | 1 | 2 | 3 | 4}`
  | `tf_efficientnetv2_${'b0' | 'b1' | 'b2' | 'b3' | 's' | 'm' | 'l'}`;

const official = (name: V1Size): EfficientNetVariant => {
  const { width, depth, size } = V1_SCALES[name];
  return { family: V1, width, depth, designSize: size, pictures: imagenetPictures(size) };
};

const tensorflow = (name: V1Size): EfficientNetVariant => {
  const { width, depth, size } = V1_SCALES[name];
  return { family: V1, width, depth, pictures: imagenetPictures(size) };
};

const lite = (width: number, depth: number, size: number): EfficientNetVariant => ({
  family: LITE,
  width,
  depth,
  pictures: centredPictures(size),
});

const v2Base = (width: number, depth: number, size: number): EfficientNetVariant => ({
  family: V2_BASE,
  width,
  depth,
  pictures: imagenetPictures(size),
});

const v2 = (family: Family, size: number): EfficientNetVariant => ({
  family,
  width: 1,
  depth: 1,
  pictures: centredPictures(size),
});

export const efficientNetVariants: Readonly<Record<EfficientNetName, EfficientNetVariant>> = {
  efficientnet_b0: official('b0'),
  efficientnet_b1: official('b1'),
  efficientnet_b2: official('b2'),
  efficientnet_b3: official('b3'),
  efficientnet_b4: official('b4'),
  efficientnet_b5: official('b5'),
  efficientnet_b6: official('b6'),
  efficientnet_b7: official('b7'),
  tf_efficientnet_b0: tensorflow('b0'),
  tf_efficientnet_b1: tensorflow('b1'),
  tf_efficientnet_b2: tensorflow('b2'),
  tf_efficientnet_b3: tensorflow('b3'),
  tf_efficientnet_b4: tensorflow('b4'),
  tf_efficientnet_b5: tensorflow('b5'),
  tf_efficientnet_b6: tensorflow('b6'),
  tf_efficientnet_b7: tensorflow('b7'),
  tf_efficientnet_lite0: lite(1.0, 1.0, 224),
  tf_efficientnet_lite1: lite(1.0, 1.1, 240),
  tf_efficientnet_lite2: lite(1.1, 1.2, 260),
  tf_efficientnet_lite3: lite(1.2, 1.4, 300),
  tf_efficientnet_lite4: lite(1.4, 1.8, 380),
  tf_efficientnetv2_b0: v2Base(1.0, 1.0, 224),
  tf_efficientnetv2_b1: v2Base(1.0, 1.1, 240),
  tf_efficientnetv2_b2: v2Base(1.1, 1.2, 260),
  tf_efficientnetv2_b3: v2Base(1.2, 1.4, 300),
  tf_efficientnetv2_s: v2(V2_SMALL, 384),
  tf_efficientnetv2_m: v2(V2_MEDIUM, 480),
  tf_efficientnetv2_l: v2(V2_LARGE, 480),
};
