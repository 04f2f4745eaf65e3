import * as tf from '@tensorflow/tfjs';
import type { Generator, StateDict } from '@uniad/nn';
import { backboneName, networks } from './architectures.js';
import type { AnyBackboneName, BackboneName } from './architectures.js';
import { BackboneError } from './error.js';
import type { Block, Convolve, Network, Stage } from './networks/network.js';
import { checkParameters, networkNamedAs, randomState } from './parameters.js';

/** Which part of a network is made, and of which weights. */
export interface BackboneOptions {
  /** Stages whose feature maps are wanted, counted from 1; deeper ones are neither loaded nor computed. */
  readonly stages: readonly number[];
  /** Weights under timm's names or the official implementation's, or a generator that draws random ones. */
  readonly weights: StateDict | Generator;
}

/** What a frozen and a trainable backbone say of themselves. */
export interface BackboneStages {
  readonly name: BackboneName;
  /** The stages asked for, in rising order. */
  readonly stages: readonly Stage[];
  /** Sum of their channels. */
  readonly channels: number;
}

/** A network cut at the stages asked for, and its weights. */
export interface LoadedNetwork extends BackboneStages {
  readonly network: Network;
  readonly deepest: number;
  readonly state: StateDict;
}

/**
 * Finds the network and holds the weights against it.
 *
 * @throws BackboneError when the name or a stage does not exist
 * @throws StateDictError that lists which weights are missing, unexpected or misshapen
 */
export function loadNetwork(name: AnyBackboneName, { stages: wanted, weights }: BackboneOptions): LoadedNetwork {
  const known = backboneName(name);
  const candidates = networks(known);
  const stages = selectStages(known, candidates[0].stages, wanted);
  const deepest = stages.at(-1)!.stage;
  const network = isGenerator(weights) ? candidates[0] : networkNamedAs(candidates, weights);
  const state = isGenerator(weights) ? randomState(network, deepest, weights) : weights;
  checkParameters(network, deepest, state);
  const channels = stages.reduce((sum, stage) => sum + stage.channels, 0);
  return { name: known, stages, channels, network, deepest, state };
}

/** Not `instanceof`: it may come from another copy of the package. */
function isGenerator(weights: StateDict | Generator): weights is Generator {
  return typeof weights['fillNormal'] === 'function';
}

/** @throws BackboneError unless the stages exist and are different */
export function selectStages(name: BackboneName, all: readonly Stage[], wanted: readonly number[]): Stage[] {
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

/** @throws BackboneError unless they are `[batch, height, width, 3]` */
export function checkImages(images: tf.Tensor4D): void {
  if (images.rank !== 4 || images.shape[3] !== 3 || images.size === 0) {
    throw new BackboneError(
      `Expected pictures of shape [batch, height, width, 3] but received [${images.shape.join(', ')}]`,
    );
  }
}

/** Runs a network up to the deepest of the stages and returns their maps `[batch, rows, columns, channels]`. */
export function runStages(
  network: Network,
  stages: readonly Stage[],
  images: tf.Tensor4D,
  convolve: Convolve,
): tf.Tensor4D[] {
  const deepest = stages.at(-1)!.stage;
  return tf.tidy(() => {
    const maps: tf.Tensor4D[] = [];
    let x = apply(network.stem, images, convolve);
    for (const { stage, blocks } of network.stages) {
      for (const block of blocks) {
        const y = apply(block, x, convolve);
        if (!maps.includes(x)) x.dispose();
        x = y;
      }
      if (stages.some((wanted) => wanted.stage === stage)) maps.push(x);
      if (stage === deepest) break;
    }
    return maps;
  });
}

/** Frees what the block made on its way, so that memory goes with the largest block and not with the depth. */
function apply(block: Block, x: tf.Tensor4D, convolve: Convolve): tf.Tensor4D {
  return tf.tidy(() => block.forward(x, convolve));
}
