import type * as tf from '@tensorflow/tfjs';
import type { Sample } from '@uniad/datasets';
import { Generator } from '@uniad/nn';
import type { CompiledFunction, Device } from '../device/device.js';
import { ConfigError } from '../errors.js';
import { ReconstructionModel } from '../methods/reconstruction/reconstruction-model.js';
import { runOnBatch } from '../pipeline/feature-extractor.js';
import { decodeOptions, digestOfState, FeatureStore } from '../pipeline/feature-store.js';
import type { Progress } from '../pipeline/progress.js';
import { prepareImage } from '../pipeline/input-settings.js';
import type { TrainedModel } from '../pipeline/model-files.js';
import type { FeatureRenderer } from './feature-renderer.js';
import { trainRenderer } from './train-renderer.js';

const BATCH_SIZE = 4;

export interface NamedModel {
  readonly name: string;
  readonly model: TrainedModel;
}

export interface LearnOptions {
  readonly epochs: number;
  readonly width: number;
  readonly seed: number;
  readonly onFeatures?: (progress: Progress) => void;
  readonly onStep?: (progress: Progress & { readonly loss: number }) => void;
  readonly signal?: AbortSignal;
}

/** Pictures of 0 to 1, `[height, width, 3]`: what the decoder makes of a picture's features, and of what each model reconstructs. */
export interface Rendering {
  readonly original: Float32Array;
  readonly reconstructions: readonly {
    readonly name: string;
    readonly picture: Float32Array;
    readonly map: Float32Array;
  }[];
}

/** Draws the features that models reconstruct as pictures (section B.3). */
export class ReconstructionRenderer {
  readonly settings: TrainedModel;
  private readonly store: FeatureStore;
  private readonly networks: readonly { readonly name: string; readonly network: ReconstructionModel }[];
  private renderer: FeatureRenderer | undefined;
  private drawn: CompiledFunction | undefined;

  /** @throws ConfigError for models of different features, or ones that reconstruct no plain features */
  constructor(
    models: readonly NamedModel[],
    private readonly device: Device,
    cache: string,
  ) {
    const first = models[0]!.model;
    this.settings = first;
    const { config, input, backbone: weights } = first;
    this.store = new FeatureStore({ folder: cache, config, input, weights, compile: device.compile });
    const features = featuresOf(first);
    this.networks = models.map(({ name, model }) => {
      if (featuresOf(model) !== features)
        throw new ConfigError(`Expected all models on the same features but those of ${name} differ`);
      if (model.config.method !== 'reconstruction' || model.config.whiten || model.config.tokenSize > 1) {
        throw new ConfigError(
          `Expected a reconstruction model without whitening and with a tokenSize of 1, as of the preset paper, but ${name} is another`,
        );
      }
      const network = new ReconstructionModel(model.config, this.store.shape[2], new Generator(0));
      network.loadStateDict(model.parameters);
      return { name, network };
    });
  }

  /** Trains the decoder on pictures, good and anomalous. */
  async learn(samples: readonly Sample[], { onFeatures, signal, ...options }: LearnOptions): Promise<void> {
    await this.store.prepare(samples, onFeatures, signal);
    const sources = samples.map((sample) => ({
      features: () => this.store.read(sample),
      colours: () => this.coloursOf(sample),
    }));
    const { imageSize: size } = this.settings.config;
    const settings = {
      featureShape: this.store.shape,
      size,
      batchSize: BATCH_SIZE,
      ...options,
      ...(signal && { signal }),
    };
    const renderer = await trainRenderer(sources, settings, this.device.compile);
    this.renderer = renderer;
    this.drawn = this.device.compile(
      (features) => {
        const raw = features as tf.Tensor4D;
        const draw = (map: tf.Tensor4D) => renderer.forward(map, size, false);
        const each = this.networks.flatMap(({ network }) => [draw(network.reconstruct(raw)), network.distance(raw)]);
        return [draw(raw), ...each];
      },
      { freezeVariables: true },
    );
  }

  /** @returns the pictures of a sample, after {@link learn} */
  async render(sample: Sample): Promise<Rendering> {
    await this.store.prepare([sample]);
    const outputs = await runOnBatch(this.drawn!, [await this.store.read(sample)], this.store.shape);
    const at = (i: number) => outputs[i]![0]!;
    return {
      original: at(0),
      reconstructions: this.networks.map(({ name }, i) => ({ name, picture: at(1 + 2 * i), map: at(2 + 2 * i) })),
    };
  }

  /** `[height, width, 3]` of the model's size, from 0 to 1. */
  async coloursOf(sample: Sample): Promise<Float32Array> {
    const picture = await sample.picture(decodeOptions(this.settings.input));
    return prepareImage(picture, this.settings.config.imageSize, { mean: [0, 0, 0], deviation: [1, 1, 1] });
  }

  dispose(): void {
    this.drawn?.dispose();
    this.renderer?.dispose();
    for (const { network } of this.networks) network.dispose();
  }
}

function featuresOf({ config: { backbone, imageSize, featureSize }, input, backbone: weights }: TrainedModel): string {
  return JSON.stringify([backbone, imageSize, featureSize, input, digestOfState(weights)]);
}
