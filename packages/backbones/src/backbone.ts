import * as tf from '@tensorflow/tfjs';
import { Generator } from '@uniad/nn';
import type { StateDict } from '@uniad/nn';
import { networks } from './architectures.js';
import { BackboneError } from './error.js';
import type { Block, Network, Stage } from './networks/network.js';
import { checkParameters, convolutionsUpTo, networkNamedAs, randomParameters } from './parameters.js';

export interface BackboneOptions {
  /** Stages whose feature maps are wanted, counted from 1; deeper ones are neither loaded nor computed. */
  readonly stages: readonly number[];
  /** Weights under timm's names or the official implementation's, or a generator that draws random ones. */
  readonly weights: StateDict | Generator;
}

/** A frozen feature extractor, its batch norms folded into its convolutions. */
export interface Backbone {
  readonly name: string;
  /** The stages asked for, in rising order. */
  readonly stages: readonly Stage[];
  /** Sum of their channels. */
  readonly channels: number;
  /**
   * `[batch, height, width, 3]` normalised RGB to the map `[batch, height / stride, width / stride, channels]` of each stage.
   *
   * @throws BackboneError when the pictures have another shape or the backbone has been disposed
   */
  forward(images: tf.Tensor4D): tf.Tensor4D[];
  dispose(): void;
}

/**
 * Makes a feature extractor (see `backboneNames`).
 *
 * @throws BackboneError when the name or a stage does not exist
 * @throws StateDictError that lists which weights are missing, unexpected or misshapen
 */
export function createBackbone(name: string, { stages, weights }: BackboneOptions): Backbone {
  const candidates = networks(name);
  const wanted = selectStages(name, candidates[0].stages, stages);
  const deepest = Math.max(...stages);
  const isGenerator = weights instanceof Generator;
  const network = isGenerator ? candidates[0] : networkNamedAs(candidates, weights);
  const state = isGenerator ? randomParameters(network, deepest, weights) : weights;
  checkParameters(network, deepest, state);
  return new FrozenBackbone(name, wanted, network, state);
}

/**
 * Random weights of a whole feature extractor, as a weights file would hold them: for tests, timings and ablations.
 *
 * @throws BackboneError when the name does not exist
 */
export function randomWeights(name: string, generator: Generator): StateDict {
  const [network] = networks(name);
  return randomParameters(network, network.stages.at(-1)!.stage, generator);
}

class FrozenBackbone implements Backbone {
  readonly channels: number;
  private disposed = false;

  constructor(
    readonly name: string,
    readonly stages: readonly Stage[],
    private readonly network: Network,
    state: StateDict,
  ) {
    this.channels = stages.reduce((sum, { channels }) => sum + channels, 0);
    try {
      for (const convolution of convolutionsUpTo(network, this.deepest)) convolution.load(state);
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  forward(images: tf.Tensor4D): tf.Tensor4D[] {
    if (this.disposed) throw new BackboneError(`Expected ${this.name} to be in use but it has been disposed`);
    if (images.rank !== 4 || images.shape[3] !== 3 || images.size === 0) {
      throw new BackboneError(
        `Expected pictures of shape [batch, height, width, 3] but received [${images.shape.join(', ')}]`,
      );
    }
    return tf.tidy(() => {
      const maps: tf.Tensor4D[] = [];
      let x = apply(this.network.stem, images);
      for (const { stage, blocks } of this.network.stages) {
        for (const block of blocks) {
          const y = apply(block, x);
          if (!maps.includes(x)) x.dispose();
          x = y;
        }
        if (this.stages.some((wanted) => wanted.stage === stage)) maps.push(x);
        if (stage === this.deepest) break;
      }
      return maps;
    });
  }

  dispose(): void {
    this.disposed = true;
    for (const convolution of convolutionsUpTo(this.network, this.deepest)) convolution.dispose();
  }

  private get deepest(): number {
    return this.stages.at(-1)!.stage;
  }
}

/** Frees what the block made on its way, so that memory goes with the largest block and not with the depth. */
function apply(block: Block, x: tf.Tensor4D): tf.Tensor4D {
  return tf.tidy(() => block.forward(x));
}

function selectStages(name: string, all: readonly Stage[], wanted: readonly number[]): Stage[] {
  const invalid = wanted.filter((stage, i) => !all.some((part) => part.stage === stage) || wanted.indexOf(stage) !== i);
  if (wanted.length === 0 || invalid.length > 0) {
    throw new BackboneError(
      `Expected different stages from 1 to ${all.length} for ${name} but received [${wanted.join(', ')}]`,
    );
  }
  return all
    .filter(({ stage }) => wanted.includes(stage))
    .map(({ stage, channels, stride }) => ({ stage, channels, stride }));
}
