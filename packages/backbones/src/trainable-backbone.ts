import type * as tf from '@tensorflow/tfjs';
import type { Parameters } from '@uniad/nn';
import type { AnyBackboneName } from './architectures.js';
import { BackboneError } from './error.js';
import type { Convolution } from './networks/convolution.js';
import { convolutionsUpTo } from './parameters.js';
import { checkImages, loadNetwork, runStages } from './stages.js';
import type { BackboneOptions, BackboneStages } from './stages.js';
import { TrainableConvolution } from './trainable-convolution.js';

/** A feature extractor that learns; its variables belong to the parameters it was made in. */
export interface TrainableBackbone extends BackboneStages {
  /**
   * `[batch, height, width, 3]` normalised RGB to the map `[batch, height / stride, width / stride, channels]` of each stage.
   *
   * @param training normalises by the batch and moves the running statistics of the batch norms; else these normalise
   * @throws BackboneError when the pictures have another shape
   */
  forward(images: tf.Tensor4D, training: boolean): tf.Tensor4D[];
}

/** As of a frozen backbone, and the parameters that it joins. */
export interface TrainableBackboneOptions extends BackboneOptions {
  /** Where its variables are made, under the names that the weights have: a scope of their own, or a whole set. */
  readonly parameters: Parameters;
}

/**
 * Makes the network of `createBackbone` with its batch norms apart (UniAD, Table A5): running statistics are buffers, and the
 * state dict of `parameters` loads as a frozen backbone of the same features.
 *
 * @throws BackboneError when the name or a stage does not exist, or a name in `parameters` is taken
 * @throws StateDictError that lists which weights are missing, unexpected or misshapen
 */
export function createTrainableBackbone(
  name: AnyBackboneName,
  { parameters, ...options }: TrainableBackboneOptions,
): TrainableBackbone {
  const { name: known, stages, channels, network, deepest, state } = loadNetwork(name, options);
  const convolutions = convolutionsUpTo(network, deepest);
  const taken = new Set(parameters.entries().map(([path]) => path));
  const again = convolutions.find((convolution) => taken.has(`${convolution.name}.weight`));
  if (again)
    throw new BackboneError(`Expected new names for the parameters of ${known} but ${again.name} is there already`);
  const trained = new Map<Convolution, TrainableConvolution>();
  for (const convolution of convolutions)
    trained.set(convolution, new TrainableConvolution(convolution, parameters, state));
  return {
    name: known,
    stages,
    channels,
    forward(images, training) {
      checkImages(images);
      return runStages(network, stages, images, (convolution, x) => trained.get(convolution)!.forward(x, training));
    },
  };
}
