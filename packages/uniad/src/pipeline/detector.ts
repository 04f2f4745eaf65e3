import * as tf from '@tensorflow/tfjs';
import { Generator } from '@uniad/nn';
import { runEagerly } from '../device/device.js';
import type { ModelConfig } from '../config.js';
import type { Compile, CompiledFunction } from '../device/device.js';
import type { AnomalyModel, Pictures } from '../methods/method.js';
import { createModel } from '../methods/methods.js';
import { inBatches } from './batch.js';
import { FeatureExtractor, runOnBatch } from './feature-extractor.js';
import { imageScores, isMapScore } from './image-score.js';
import type { Inspection } from './inspection.js';
import { judge } from './judge.js';
import { describeFeatures } from './kinds.js';
import type { TrainedModel } from './model-files.js';
import { smooth } from './smooth.js';

/** A trained model at work. Its pictures are already decoded, resized and normalised. */
export class Detector {
  readonly extractor: FeatureExtractor;
  private readonly anomalyModel: AnomalyModel;
  private readonly inspectionOfImages: CompiledFunction;
  private readonly inspectionOfFeatures: CompiledFunction;

  /** @throws StateDictError when the parameters do not fit the configuration */
  constructor(
    readonly model: TrainedModel,
    compile: Compile = runEagerly,
  ) {
    const { config } = model;
    this.extractor = new FeatureExtractor(config, model.backbone, compile);
    this.anomalyModel = createModel(config, this.extractor.channels, new Generator(0));
    this.anomalyModel.loadStateDict(model.parameters);
    const frozen = { freezeVariables: true, precision: model.precision ?? 'float32' };
    this.inspectionOfImages = compile((images) => this.inspectBatch(images as tf.Tensor4D), frozen);
    this.inspectionOfFeatures = compile((features) => this.inspectFeatureBatch(features as tf.Tensor4D), frozen);
  }

  /**
   * Op by op, as part of a larger graph.
   *
   * @param images `[batch, height, width, 3]` normalised pictures
   * @returns anomaly maps `[batch, height, width]`, picture scores `[batch]`, and descriptors `[batch, channels]` that tell kinds
   *   apart
   */
  inspectBatch(images: tf.Tensor4D): [maps: tf.Tensor3D, scores: tf.Tensor1D, descriptors: tf.Tensor2D] {
    return tf.tidy(() => {
      const maps = this.extractor.maps(images);
      return this.inspectFeatureBatch(this.extractor.join(maps), { images, maps });
    });
  }

  /** The same, of features `[batch, rows, columns, channels]`. */
  private inspectFeatureBatch(
    features: tf.Tensor4D,
    pictures?: Pictures,
  ): [maps: tf.Tensor3D, scores: tf.Tensor1D, descriptors: tf.Tensor2D] {
    const { config } = this.model;
    return tf.tidy(() => {
      const distance = this.anomalyModel.distance(features, pictures);
      const maps = anomalyMap(distance, config);
      const { imageScore } = config;
      return [
        maps,
        isMapScore(imageScore) ? imageScores(maps, { imageScore }) : this.anomalyModel.scores!(features, distance),
        describeFeatures(features),
      ];
    });
  }

  /** Inspects normalised pictures, `[height, width, 3]` each. */
  inspectImages(images: readonly Float32Array[]): Promise<Inspection[]> {
    return this.inspect(this.inspectionOfImages, images, [...this.model.config.imageSize, 3]);
  }

  /** Inspects pictures whose features, `[rows, columns, channels]` each, were extracted before, by a method that needs no more. */
  inspectFeatures(features: readonly Float32Array[]): Promise<Inspection[]> {
    return this.inspect(this.inspectionOfFeatures, features, [...this.extractor.shape]);
  }

  private inspect(run: CompiledFunction, pictures: readonly Float32Array[], shape: number[]): Promise<Inspection[]> {
    return inBatches(pictures, async (batch) => {
      const [maps, scores, descriptors] = await runOnBatch(run, batch, shape);
      return maps!.map((map, i) => ({ ...judge(scores![i]![0]!, descriptors![i]!, this.model), map }));
    });
  }

  /** Frees the model, the backbone and what was compiled of them. */
  dispose(): void {
    this.inspectionOfImages.dispose();
    this.inspectionOfFeatures.dispose();
    this.anomalyModel.dispose();
    this.extractor.dispose();
  }
}

/**
 * Token distances brought back to the picture as the neck brought it to tokens (section 3.3), and smoothed where the
 * configuration says so.
 *
 * @param distance `[batch, rows, columns]`
 * @returns `[batch, height, width]`
 */
export function anomalyMap(
  distance: tf.Tensor3D,
  { imageSize, neck, smoothing }: Pick<ModelConfig, 'imageSize' | 'neck' | 'smoothing'>,
): tf.Tensor3D {
  const aligned = neck.resize === 'aligned';
  return tf.tidy(() => {
    const map = tf.image.resizeBilinear(tf.expandDims(distance, -1) as tf.Tensor4D, [...imageSize], aligned, !aligned);
    return smooth(tf.squeeze(map, [-1]), smoothing);
  });
}
