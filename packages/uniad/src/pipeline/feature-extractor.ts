import * as tf from '@tensorflow/tfjs';
import { createBackbone, neck } from '@uniad/backbones';
import type { Backbone } from '@uniad/backbones';
import type { StateDict } from '@uniad/nn';
import type { ModelConfig } from '../config.js';
import type { Compile, CompiledFunction } from '../device/device.js';
import type { Size } from '../methods/shared-config.js';
import { inBatches } from './batch.js';

/** What features depend on. */
export type FeatureConfig = Pick<ModelConfig, 'backbone' | 'imageSize' | 'featureSize' | 'neck'> & {
  readonly tokenSize?: number;
};

/** Rows and columns of the feature map: those of the tokens, or of the cells that a token is the mean of. */
export function cellGrid({ featureSize, tokenSize = 1 }: Pick<FeatureConfig, 'featureSize' | 'tokenSize'>): Size {
  return [featureSize[0] * tokenSize, featureSize[1] * tokenSize];
}

/** The frozen backbone and the neck: from pictures to the joined feature map (section 3.3). */
export class FeatureExtractor {
  private readonly backbone: Backbone;
  private readonly run: CompiledFunction;
  /** Channels of the joined feature map. */
  readonly channels: number;
  /** Of a picture's features. */
  readonly shape: readonly [rows: number, columns: number, channels: number];

  /**
   * @param weights of the backbone, under timm's names or the official implementation's
   * @throws StateDictError when the weights are not those of the configured backbone
   */
  constructor(
    private readonly config: FeatureConfig,
    weights: StateDict,
    compile: Compile,
  ) {
    this.backbone = createBackbone(config.backbone.name, { stages: config.backbone.stages, weights });
    this.channels = this.backbone.channels;
    this.shape = [...cellGrid(config), this.channels];
    this.run = compile((images) => [this.forward(images as tf.Tensor4D)], { freezeVariables: true });
  }

  /** `[batch, height, width, 3]` normalised RGB to `[batch, rows, columns, channels]`, op by op, as part of a larger graph. */
  forward(images: tf.Tensor4D): tf.Tensor4D {
    return tf.tidy(() => this.join(this.maps(images)));
  }

  /** `[batch, height, width, 3]` normalised RGB to the maps of the stages, `[batch, height / stride, width / stride, channels]` each. */
  maps(images: tf.Tensor4D): tf.Tensor4D[] {
    return this.backbone.forward(images);
  }

  /** Maps of the stages to `[batch, rows, columns, channels]`: the neck. */
  join(maps: readonly tf.Tensor4D[]): tf.Tensor4D {
    return neck(maps, cellGrid(this.config), this.config.neck);
  }

  /**
   * Features of normalised pictures.
   *
   * @param images one array `[height, width, 3]` a picture
   * @returns one array `[rows, columns, channels]` a picture
   */
  extract(images: readonly Float32Array[]): Promise<Float32Array[]> {
    return inBatches(images, async (batch) => {
      const [features] = await runOnBatch(this.run, batch, [...this.config.imageSize, 3]);
      return features!;
    });
  }

  /** Frees the backbone and what was compiled of it. */
  dispose(): void {
    this.run.dispose();
    this.backbone.dispose();
  }
}

/**
 * Runs a compiled function on a batch.
 *
 * @param items each of `shape`
 * @returns for each output of the function one array an item
 */
export async function runOnBatch(
  run: CompiledFunction,
  items: readonly Float32Array[],
  shape: readonly number[],
): Promise<Float32Array[][]> {
  const input = tf.tidy(() => tf.stack(items.map((item) => tf.tensor(item, [...shape]))));
  let outputs: tf.Tensor[] = [];
  try {
    outputs = run(input);
    const values = (await Promise.all(outputs.map((output) => output.data()))) as Float32Array[];
    return values.map((all) => {
      const size = all.length / items.length;
      return items.map((_, i) => all.slice(i * size, (i + 1) * size));
    });
  } finally {
    tf.dispose([input, outputs]);
  }
}
