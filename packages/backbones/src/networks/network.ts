import type * as tf from '@tensorflow/tfjs';
import type { Convolution, ParameterSpec } from './convolution.js';

/** Blocks of one resolution; its output is a feature map of the backbone. */
export interface Stage {
  /** Counted from 1. */
  readonly stage: number;
  readonly channels: number;
  /** Pixels of the picture for each cell of the map. */
  readonly stride: number;
}

/**
 * Runs a convolution, the batch norm behind it and its activation. Networks hold no weights: who runs one says how its
 * convolutions are done - folded, trained, or only counted.
 */
export type Convolve = (convolution: Convolution, x: tf.Tensor4D) => tf.Tensor4D;

/** A part of a network that maps `[batch, height, width, channels]` to such a map. */
export interface Block {
  readonly convolutions: readonly Convolution[];
  forward(x: tf.Tensor4D, convolve: Convolve): tf.Tensor4D;
}

/** A network cut at its stages. */
export interface Network {
  readonly stem: Block;
  readonly stages: readonly (Stage & { readonly blocks: readonly Block[] })[];
  /** Parameters of the classifier: allowed in a file, never used. */
  readonly head: readonly ParameterSpec<number | null>[];
}
