import * as tf from '@tensorflow/tfjs';
import { createBackbone, describeBackbone, neck } from '@uniad/backbones';
import type { Backbone } from '@uniad/backbones';
import type { StateDict } from '@uniad/nn';
import type { ModelConfig } from '../config.js';
import type { Compile, CompiledFunction } from '../device/device.js';
import type { Size } from '../methods/shared-config.js';
import { splitWeights } from './backbones.js';
import type { BackbonesConfig } from './backbones.js';
import { inBatches } from './batch.js';

/** What features depend on. */
export type FeatureConfig = BackbonesConfig &
  Pick<ModelConfig, 'imageSize' | 'featureSize' | 'neck'> & { readonly tokenSize?: number };

/** Rows and columns of the feature map: those of the tokens, or of the cells that a token is the mean of. */
export function cellGrid({ featureSize, tokenSize = 1 }: Pick<FeatureConfig, 'featureSize' | 'tokenSize'>): Size {
  return [featureSize[0] * tokenSize, featureSize[1] * tokenSize];
}

/** The frozen backbone, or two beside each other, and the neck: from pictures to the joined feature map (section 3.3). */
export class FeatureExtractor {
  private readonly backbone: Backbone;
  private readonly beside: Backbone | undefined;
  private readonly run: CompiledFunction;
  /** Channels of the joined feature map. */
  readonly channels: number;
  /** Of a picture's features. */
  readonly shape: readonly [rows: number, columns: number, channels: number];

  /**
   * @param weights of the backbones, each under timm's names or the official implementation's
   * @throws StateDictError when the weights are not those of the configured backbone
   */
  constructor(
    private readonly config: FeatureConfig,
    weights: StateDict,
    compile: Compile,
  ) {
    const { backbone, beside } = config;
    const { own, second } = splitWeights(weights);
    this.backbone = createBackbone(backbone.name, { stages: backbone.stages, weights: own });
    if (beside) this.beside = createBackbone(beside.name, { stages: beside.stages, weights: second });
    this.channels = this.backbone.channels + (this.beside?.channels ?? 0);
    this.shape = [...cellGrid(config), this.channels];
    this.run = compile((images) => [this.forward(images as tf.Tensor4D)], { freezeVariables: true });
  }

  /** `[batch, height, width, 3]` normalised RGB to `[batch, rows, columns, channels]`, op by op, as part of a larger graph. */
  forward(images: tf.Tensor4D): tf.Tensor4D {
    return tf.tidy(() => this.join(this.maps(images)));
  }

  /** `[batch, height, width, 3]` normalised RGB to the maps of the stages, `[batch, height / stride, width / stride, channels]` each. */
  maps(images: tf.Tensor4D): tf.Tensor4D[] {
    const { backbone, beside } = this.config;
    const own = this.backbone.forward(images);
    if (!this.beside || !beside) return own;
    return [...own, ...this.beside.forward(normalisedAnew(images, backbone.name, beside.name))];
  }

  /** Maps of the stages to `[batch, rows, columns, channels]`: the neck. */
  join(maps: readonly tf.Tensor4D[]): tf.Tensor4D {
    const { backbone, beside, neck: options } = this.config;
    const grid = cellGrid(this.config);
    const stages = backbone.stages.length;
    if (!beside) return neck(maps, grid, options);
    return tf.tidy(() => {
      const second = neck(maps.slice(stages), grid, { ...options, patchSize: beside.patchSize });
      return tf.concat([neck(maps.slice(0, stages), grid, options), second], 3);
    });
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
    this.beside?.dispose();
  }
}

/** Pictures that are normalised as one backbone wants it, as another does. */
function normalisedAnew(images: tf.Tensor4D, one: string, other: string): tf.Tensor4D {
  const [from, to] = [describeBackbone(one), describeBackbone(other)];
  const scale = from.deviation.map((deviation, i) => deviation / to.deviation[i]!);
  const offset = from.mean.map((mean, i) => (mean - to.mean[i]!) / to.deviation[i]!);
  if (scale.every((x) => x === 1) && offset.every((x) => x === 0)) return images;
  return tf.tidy(() => tf.add(tf.mul(images, scale), offset));
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
