import type * as tf from '@tensorflow/tfjs';
import type { Generator } from '@uniad/nn';

/** Reconstructs tokens from what it knows of normal ones. */
export interface ReconstructionNetwork {
  /**
   * @param tokens `[batch, tokens, hiddenDim]`
   * @param generator draws dropout while training; absent in evaluation
   * @returns the same shape
   */
  forward(tokens: tf.Tensor3D, generator?: Generator): tf.Tensor3D;
  /** Frees what is not among the parameters. */
  dispose(): void;
}
