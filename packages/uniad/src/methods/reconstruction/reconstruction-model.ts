import * as tf from '@tensorflow/tfjs';
import { Linear, Parameters, xavierUniform, zeros } from '@uniad/nn';
import type { Generator, StateDict } from '@uniad/nn';
import { channelsOf } from '../../pipeline/backbones.js';
import { within } from '../../scopes.js';
import { nearestDistances } from '../memory/nearest-distances.js';
import { knownPlaces, placeDistances } from '../places/place-distances.js';
import type { AnomalyModel } from '../method.js';
import { Statistics } from '../statistics.js';
import { Whitening } from '../whitening/whitening.js';
import type { ReconstructionConfig } from './config.js';
import { jitter } from './jitter.js';
import { reconstructionLoss, tokenDifference } from './loss.js';
import type { ReconstructionNetwork } from './networks/network.js';
import { networks } from './networks/networks.js';
import { patchSquares, squareMeans, tokenSquares } from './square-means.js';
import type { Squares } from './square-means.js';
import { everywhereToCells, tokensToCells } from './to-cells.js';

/** What the banks of a memory are called, one of each backbone. */
export const BANKS = ['bank', 'beside_bank'] as const;

/** What is remembered of good pictures. */
interface Memory {
  readonly name: 'memory' | 'patches';
  /** Of each kind, one of each backbone. */
  readonly banks: Statistics;
  readonly squares: Squares;
  readonly settings: NonNullable<ReconstructionConfig['memory']>;
  /** How many times its distance counts. */
  readonly weight: number;
}

/**
 * Learns to reconstruct the features of good pictures, and fails where they are not good (sections 3.1 and 3.3): a linear
 * map to `hiddenDim`, a reconstruction network, and a linear map back. Parameters carry the official implementation's names.
 */
export class ReconstructionModel implements AnomalyModel {
  readonly parameters = new Parameters();
  /** How many channels come from each backbone. */
  readonly groups: readonly number[];
  private readonly network: ReconstructionNetwork;
  private readonly inputProjection: Linear;
  private readonly outputProjection: Linear;
  /** Of the features; absent where the configuration does not whiten, and the identity until it is measured. */
  readonly featureWhitening: Whitening | undefined;
  /** Of the trained model's residuals; absent where the distance is Euclidean, and the identity until it is measured. */
  readonly residualWhitening: Whitening | undefined;
  /** Of tokens and of patches, as far as the configuration asks for them. */
  readonly memories: readonly Memory[];
  /** Holds what `measurePlaces` found; absent where the configuration asks for nothing of places. */
  readonly places: Statistics | undefined;

  /**
   * @param channels of the features to reconstruct
   * @param generator draws the initial parameters
   */
  constructor(
    readonly config: ReconstructionConfig,
    readonly channels: number,
    generator: Generator,
  ) {
    const { hiddenDim, featureSize, beside } = config;
    const second = beside ? channelsOf(beside) : 0;
    this.groups = beside ? [channels - second, second] : [channels];
    this.network = new networks[config.reconstruction](this.parameters, config, generator);
    const linear = { weight: xavierUniform(generator), bias: zeros };
    this.inputProjection = new Linear(this.parameters.scope('input_proj'), channels, hiddenDim, linear);
    this.outputProjection = new Linear(this.parameters.scope('output_proj'), hiddenDim, channels, linear);
    if (config.whiten) this.featureWhitening = new Whitening(this.parameters.scope('feature_whitening'), channels);
    if (config.distance === 'mahalanobis') {
      this.residualWhitening = new Whitening(this.parameters.scope('residual_whitening'), channels);
    }
    const banks = Object.fromEntries(this.groups.map((own, i) => [BANKS[i], ['kinds', 'squares', own]]));
    const remembering = (name: Memory['name'], settings: Memory['settings'], squares: Squares, weight: number) => {
      return { name, banks: new Statistics(banks, this.parameters.scope(name)), squares, settings, weight };
    };
    const { tokenSize, memory, patches } = config;
    this.memories = [
      // Tokens count twice: they tell more alone than anything else.
      ...(memory ? [remembering('memory', memory, tokenSquares(tokenSize), 2)] : []),
      ...(patches ? [remembering('patches', patches, patchSquares(tokenSize, patches.size), 1)] : []),
    ];
    if (config.places) {
      const places = featureSize[0] * featureSize[1];
      const shapes = {
        spread: ['kinds', channels, channels],
        mean: ['kinds', places, channels],
        basis: ['kinds', places, channels, config.places.rank],
      };
      this.places = new Statistics(shapes, this.parameters.scope('places'));
    }
  }

  /** Tokens `[..., channels]` as everything below takes them: whitened where the configuration says so. */
  prepare<T extends tf.Tensor>(tokens: T): T {
    return this.featureWhitening ? this.featureWhitening.forward(tokens) : tokens;
  }

  /**
   * Tokens `[..., channels]` as banks hold them, those of each backbone by themselves.
   *
   * @param whitened whether those of the first are prepared, too
   */
  asRemembered(tokens: tf.Tensor, whitened: boolean): tf.Tensor[] {
    if (this.groups.length === 1) return [whitened ? this.prepare(tokens) : tokens];
    const ofEach = (joined: tf.Tensor) => tf.split(joined, [...this.groups], joined.rank - 1);
    const prepared = ofEach(this.prepare(tokens));
    return whitened ? prepared : [ofEach(tokens)[0]!, ...prepared.slice(1)];
  }

  /**
   * Reconstructs prepared tokens `[batch, rows, columns, channels]`.
   *
   * @param generator draws jitter and dropout while training; absent in evaluation
   * @returns the same shape
   */
  reconstruct(features: tf.Tensor4D, generator?: Generator): tf.Tensor4D {
    const [batch, rows, columns, channels] = features.shape;
    return tf.tidy(() => {
      const tokens = tf.reshape(features, [batch, rows * columns, channels]) as tf.Tensor3D;
      const input = generator ? jitter(tokens, this.config.jitter, generator) : tokens;
      const reduced = this.inputProjection.forward(input) as tf.Tensor3D; // [batch, tokens, hiddenDim]
      const reconstructed = this.network.forward(reduced, generator);
      return tf.reshape(this.outputProjection.forward(reconstructed), features.shape);
    });
  }

  /** What training makes small (equation 4, section C.3), of prepared tokens. */
  loss(features: tf.Tensor4D, generator: Generator): tf.Scalar {
    return reconstructionLoss(features, this.reconstruct(features, generator), this.config.loss);
  }

  /** What the reconstruction leaves unexplained of prepared tokens, of the same shape. */
  residual(features: tf.Tensor4D): tf.Tensor4D {
    return tf.tidy(() => tf.sub(features, this.reconstruct(features)));
  }

  /** How far each cell of feature maps is from normal, as the configuration says: `[batch, rows, columns]` of cells. */
  distance(raw: tf.Tensor4D): tf.Tensor3D {
    return tf.tidy(() => {
      const { tokenSize } = this.config;
      const features = this.prepare(squareMeans(raw, tokenSquares(tokenSize)));
      const distances = [tokensToCells(this.distanceToReconstruction(features), tokenSize)];
      let kind: tf.Tensor1D | undefined;
      if (this.places) {
        const [batch, rows, columns, channels] = features.shape;
        const tokens = tf.reshape(features, [batch, rows * columns, channels]) as tf.Tensor3D;
        const fitting = placeDistances(tokens, knownPlaces(this.places));
        distances.push(tokensToCells(tf.reshape(fitting.distance, [batch, rows, columns]), tokenSize));
        kind = fitting.kind;
      }
      for (const memory of this.memories) {
        const remembered = this.distanceToMemory(raw, memory, kind);
        distances.push(...Array.from({ length: memory.weight }, () => remembered));
      }
      return geometricMean(distances);
    });
  }

  /**
   * How far the squares at every place are from the nearest that is remembered, brought to cells: where a part lies on the grid
   * matters to a prediction no more than it does to the choice of what to remember. What two backbones see is looked for by itself.
   *
   * @param kind `[batch]`, whose bank to search; all banks where it is unknown
   */
  private distanceToMemory(raw: tf.Tensor4D, memory: Memory, kind: tf.Tensor1D | undefined): tf.Tensor3D {
    const { banks, squares, settings } = memory;
    return tf.tidy(() => {
      const everywhere = squareMeans(raw, { ...squares, stride: 1 });
      const [batch, rows, columns] = everywhere.shape;
      const distances = this.asRemembered(everywhere, settings.whitened).map((own, i) => {
        const bank = banks.get(BANKS[i]!); // [kinds, squares, channels]
        const channels = this.groups[i]!;
        const distance =
          kind && bank.shape[0]! > 1
            ? nearestDistances(tf.reshape(own, [batch, rows * columns, channels]), tf.gather(bank, kind))
            : nearestDistances(tf.reshape(own, [-1, channels]), tf.reshape(bank, [-1, channels]));
        return tf.reshape(distance, [batch, rows, columns]) as tf.Tensor3D;
      });
      return everywhereToCells(geometricMean(distances), this.config.tokenSize);
    });
  }

  /** Equation 5, or its Mahalanobis form, of prepared tokens: `[batch, rows, columns]`. */
  private distanceToReconstruction(features: tf.Tensor4D): tf.Tensor3D {
    return tf.tidy(() => {
      if (!this.residualWhitening) return tokenDifference(features, this.reconstruct(features), this.config.loss);
      return tf.sqrt(tf.sum(tf.square(this.residualWhitening.forward(this.residual(features))), -1)) as tf.Tensor3D;
    });
  }

  loadStateDict(state: StateDict): void {
    // Their sizes are the state's, so that they have to be there before all are compared.
    for (const { name, banks } of this.memories) banks.loadStateDict(within(state, `${name}.`));
    this.places?.loadStateDict(within(state, 'places.'));
    this.parameters.loadStateDict(state);
  }

  /** Frees its parameters. */
  dispose(): void {
    this.parameters.dispose();
    this.network.dispose();
  }
}

function geometricMean(distances: readonly tf.Tensor3D[]): tf.Tensor3D {
  const product = distances.reduce((all, one) => tf.mul(all, one));
  if (distances.length === 1) return product;
  return distances.length === 2 ? tf.sqrt(product) : tf.pow(product, 1 / distances.length);
}
