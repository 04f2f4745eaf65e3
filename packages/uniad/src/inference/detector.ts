import * as tf from '@tensorflow/tfjs';
import { imageScore } from '@uniad/metrics';
import { Generator } from '@uniad/nn';
import { runEagerly } from '../device/device.js';
import type { Compile, CompiledFunction } from '../device/device.js';
import { anomalyMap } from '../model/anomaly-map.js';
import { FeatureExtractor } from '../model/feature-extractor.js';
import { UniAD } from '../model/uniad.js';
import type { TrainedModel } from './model-files.js';

/** Side of the average pooling before the maximum, in pixels. */
const POOL = 16;

/** What the model makes of one picture. */
export interface Inspection {
  /** How far from normal the picture is; anomalous from the model's threshold on. */
  readonly score: number;
  readonly anomalous: boolean;
  /** How far from normal each pixel is, `[height, width]` of the configured image size, row-major. */
  readonly map: Float32Array;
}

/** A trained model at work. Its pictures are already decoded, resized and normalised. */
export class Detector {
  readonly extractor: FeatureExtractor;
  private readonly network: UniAD;
  private readonly mapOfImages: CompiledFunction;
  private readonly mapOfFeatures: CompiledFunction;

  /** @throws StateDictError when the parameters do not fit the configuration */
  constructor(
    readonly model: TrainedModel,
    compile: Compile = runEagerly,
  ) {
    const { config } = model;
    this.extractor = new FeatureExtractor(config, model.backbone, compile);
    this.network = new UniAD(config, this.extractor.channels, new Generator(0));
    this.network.loadStateDict(model.parameters);
    this.mapOfImages = compile((images) => [this.anomalyMaps(images as tf.Tensor4D)], { freezeVariables: true });
    this.mapOfFeatures = compile((features) => [this.anomalyMapsOfFeatures(features as tf.Tensor4D)], {
      freezeVariables: true,
    });
  }

  /** `[batch, height, width, 3]` normalised pictures to anomaly maps `[batch, height, width]`, op by op, as part of a larger graph. */
  anomalyMaps(images: tf.Tensor4D): tf.Tensor3D {
    return tf.tidy(() => this.anomalyMapsOfFeatures(this.extractor.forward(images)));
  }

  /** `[batch, height, width]` anomaly maps to picture scores `[batch]`, op by op. */
  imageScores(maps: tf.Tensor3D): tf.Tensor1D {
    if (this.model.config.imageScore === 'mean') return tf.mean(maps, [1, 2]);
    return tf.tidy(() => tf.max(tf.avgPool(tf.expandDims(maps, -1) as tf.Tensor4D, POOL, 1, 'valid'), [1, 2, 3]));
  }

  private anomalyMapsOfFeatures(raw: tf.Tensor4D): tf.Tensor3D {
    return tf.tidy(() => anomalyMap(this.network.difference(this.network.whiten(raw)), this.model.config.imageSize));
  }

  /** Inspects normalised pictures, `[height, width, 3]` each. */
  async inspectImages(images: readonly Float32Array[]): Promise<Inspection[]> {
    return this.inspect(this.mapOfImages, images, [...this.model.config.imageSize, 3]);
  }

  /** Inspects pictures whose features, `[rows, columns, channels]` each, were extracted before. */
  async inspectFeatures(features: readonly Float32Array[]): Promise<Inspection[]> {
    return this.inspect(this.mapOfFeatures, features, [...this.model.config.featureSize, this.extractor.channels]);
  }

  private async inspect(
    mapOf: CompiledFunction,
    pictures: readonly Float32Array[],
    shape: number[],
  ): Promise<Inspection[]> {
    const { config, threshold } = this.model;
    const input = tf.tidy(() => tf.stack(pictures.map((picture) => tf.tensor(picture, shape))));
    let output: tf.Tensor | undefined;
    try {
      [output] = mapOf(input);
      const maps = (await output!.data()) as Float32Array;
      const size = maps.length / pictures.length;
      return pictures.map((_, i) => {
        const map = maps.slice(i * size, (i + 1) * size);
        const score = imageScore(
          map,
          config.imageSize,
          config.imageScore === 'max' ? { by: 'max-of-average-pool', pool: [POOL, POOL] } : { by: 'mean' },
        );
        return { score, anomalous: score >= threshold.score, map };
      });
    } finally {
      input.dispose();
      output?.dispose();
    }
  }

  dispose(): void {
    this.mapOfImages.dispose();
    this.mapOfFeatures.dispose();
    this.network.dispose();
    this.extractor.dispose();
  }
}
