import type * as tf from '@tensorflow/tfjs';
import type { Generator, StateDict } from '@uniad/nn';
import { backboneName, networks } from './architectures.js';
import type { AnyBackboneName } from './architectures.js';
import { BackboneError } from './error.js';
import { FoldedConvolution } from './folded-convolution.js';
import { convolutionParameters } from './networks/convolution.js';
import type { Convolution } from './networks/convolution.js';
import { convolutionsUpTo, randomState } from './parameters.js';
import { checkImages, loadNetwork, runStages } from './stages.js';
import type { BackboneOptions, BackboneStages } from './stages.js';

/** A frozen feature extractor, its batch norms folded into its convolutions. */
export interface Backbone extends BackboneStages {
  /**
   * `[batch, height, width, 3]` normalised RGB to the map `[batch, height / stride, width / stride, channels]` of each stage.
   *
   * @throws BackboneError when the pictures have another shape or the backbone has been disposed
   */
  forward(images: tf.Tensor4D): tf.Tensor4D[];
  /** Frees its weights. */
  dispose(): void;
}

/**
 * Makes a frozen feature extractor (see `backboneNames`).
 *
 * @throws BackboneError when the name or a stage does not exist
 * @throws StateDictError that lists which weights are missing, unexpected or misshapen
 */
export function createBackbone(name: AnyBackboneName, options: BackboneOptions): Backbone {
  const { name: known, stages, channels, network, deepest, state } = loadNetwork(name, options);
  const folded = new Map<Convolution, FoldedConvolution>();
  for (const convolution of convolutionsUpTo(network, deepest))
    folded.set(convolution, new FoldedConvolution(convolution, state));
  let disposed = false;
  return {
    name: known,
    stages,
    channels,
    forward(images) {
      if (disposed) throw new BackboneError(`Expected ${known} to be in use but it has been disposed`);
      checkImages(images);
      return runStages(network, stages, images, (convolution, x) => folded.get(convolution)!.forward(x));
    },
    dispose() {
      disposed = true;
      for (const convolution of folded.values()) convolution.dispose();
    },
  };
}

/**
 * Of a whole network's weights those that its stages are computed with: what a model has to keep.
 *
 * @throws BackboneError when the name or a stage does not exist
 * @throws StateDictError that lists which weights are missing, unexpected or misshapen
 */
export function weightsOfStages(
  name: AnyBackboneName,
  { stages, weights }: { readonly stages: readonly number[]; readonly weights: StateDict },
): StateDict {
  const { network, deepest } = loadNetwork(name, { stages, weights });
  const needed = convolutionsUpTo(network, deepest).flatMap(convolutionParameters);
  return Object.fromEntries(needed.map(({ name }) => [name, weights[name]!]));
}

/**
 * Random weights of a whole feature extractor, as a weights file would hold them: for tests, timings and ablations.
 *
 * @throws BackboneError when the name does not exist
 */
export function randomWeights(name: AnyBackboneName, generator: Generator): StateDict {
  const [network] = networks(backboneName(name));
  return randomState(network, network.stages.length, generator);
}
