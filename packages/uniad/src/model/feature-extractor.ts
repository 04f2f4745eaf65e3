import * as tf from '@tensorflow/tfjs';
import { createBackbone, neck } from '@uniad/backbones';
import type { Backbone } from '@uniad/backbones';
import type { StateDict } from '@uniad/nn';
import type { UniADConfig } from '../config.js';
import type { Compile, CompiledFunction } from '../device/device.js';

/** The frozen backbone and the neck: from pictures to the joined feature map (UniAD, section 3.3). */
export class FeatureExtractor {
  private readonly backbone: Backbone;
  private readonly run: CompiledFunction;
  /** Channels of the joined feature map. */
  readonly channels: number;

  /**
   * @param weights of the backbone, under timm's names or the official implementation's
   * @throws StateDictError when the weights are not those of the configured backbone
   */
  constructor(
    private readonly config: Pick<UniADConfig, 'backbone' | 'imageSize' | 'featureSize'>,
    weights: StateDict,
    compile: Compile,
  ) {
    this.backbone = createBackbone(config.backbone.name, { stages: config.backbone.stages, weights });
    this.channels = this.backbone.channels;
    this.run = compile((images) => [this.forward(images as tf.Tensor4D)], { freezeVariables: true });
  }

  /** `[batch, height, width, 3]` normalised RGB to `[batch, rows, columns, channels]`, op by op, as part of a larger graph. */
  forward(images: tf.Tensor4D): tf.Tensor4D {
    return tf.tidy(() => neck(this.backbone.forward(images), this.config.featureSize));
  }

  /**
   * Features of normalised pictures.
   *
   * @param images one array `[height, width, 3]` a picture
   * @returns one array `[rows, columns, channels]` a picture
   */
  async extract(images: readonly Float32Array[]): Promise<Float32Array[]> {
    const [height, width] = this.config.imageSize;
    const input = tf.tidy(() => tf.stack(images.map((image) => tf.tensor3d(image, [height, width, 3]))));
    let output: tf.Tensor | undefined;
    try {
      [output] = this.run(input);
      const all = (await output!.data()) as Float32Array;
      const size = all.length / images.length;
      return images.map((_, i) => all.slice(i * size, (i + 1) * size));
    } finally {
      input.dispose();
      output?.dispose();
    }
  }

  dispose(): void {
    this.run.dispose();
    this.backbone.dispose();
  }
}
