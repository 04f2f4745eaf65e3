import * as tf from '@tensorflow/tfjs';
import { backboneName, describeBackbone, networks } from './architectures.js';
import type { AnyBackboneName } from './architectures.js';
import { BackboneError } from './error.js';
import { convolutionParameters, paddingAround, weightShape } from './networks/convolution.js';
import type { Convolve } from './networks/network.js';
import { convolutionsUpTo } from './parameters.js';
import { runStages, selectStages } from './stages.js';

/** What a backbone costs (UniAD, Table A7). */
export interface BackboneComplexity {
  /** Learnable numbers; running statistics are not among them. */
  readonly parameters: number;
  /** Products of the convolutions for one picture, each with its sum: half of what is called FLOPs where both count. */
  readonly multiplyAdds: number;
}

/** What is counted. */
export interface ComplexityOptions {
  /** Counted up to the deepest of them; default all. */
  readonly stages?: readonly number[];
  /** Rows and columns of the picture; default the customary size. */
  readonly imageSize?: readonly [height: number, width: number];
}

/**
 * Counts a backbone from its definition, as it is frozen: batch norms are part of the convolutions; activations, sums and
 * means count nothing.
 *
 * @throws BackboneError when the name or a stage does not exist, or the size is no positive whole numbers
 */
export function backboneComplexity(name: AnyBackboneName, options: ComplexityOptions = {}): BackboneComplexity {
  const known = backboneName(name);
  const description = describeBackbone(known);
  const {
    stages: wanted = description.stages.map(({ stage }) => stage),
    imageSize = [description.imageSize, description.imageSize],
  } = options;
  if (!imageSize.every((side) => Number.isInteger(side) && side > 0)) {
    throw new BackboneError(`Expected positive whole numbers for imageSize but received [${imageSize.join(', ')}]`);
  }
  const [network] = networks(known);
  const stages = selectStages(known, network.stages, wanted);
  let multiplyAdds = 0;
  // Walks the network with maps of a single channel: their sides are all that the count needs.
  const count: Convolve = (convolution, x) => {
    const [rows, columns] = paddingAround(convolution, x).map(
      ([before, after], i) =>
        Math.floor((x.shape[i + 1]! + before + after - convolution.kernel) / convolution.stride) + 1,
    ) as [number, number];
    multiplyAdds += rows * columns * sizeOf(weightShape(convolution));
    return tf.zeros([1, rows, columns, 1]);
  };
  tf.tidy(() => runStages(network, stages, tf.zeros([1, ...imageSize, 1]), count));
  const parameters = convolutionsUpTo(network, stages.at(-1)!.stage)
    .flatMap(convolutionParameters)
    .filter((parameter) => !/\.running_(mean|var)$/.test(parameter.name))
    .reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return { parameters, multiplyAdds };
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}
