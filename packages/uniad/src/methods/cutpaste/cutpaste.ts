import * as tf from '@tensorflow/tfjs';
import { neck } from '@uniad/backbones';
import { Linear, Parameters, xavierUniform, zeros } from '@uniad/nn';
import type { Generator, StateDict } from '@uniad/nn';
import { descend } from '../../training/gradient-descent.js';
import type { PictureSource } from '../../training/feature-source.js';
import type { AnomalyModel, Method } from '../method.js';
import { fromUnitValues, toUnitValues } from '../unit-values.js';
import { measureMoments } from '../whitening/measure-moments.js';
import type { MomentsOptions } from '../whitening/measure-moments.js';
import { Whitening } from '../whitening/whitening.js';
import type { CutPasteConfig } from './config.js';
import { cutAndPaste, drawPatch, drawScar } from './cut-and-paste.js';

/** Pictures are as they were, have a patch pasted on them, or a scar: 3-way classification. */
const CLASSES = 3;

/**
 * A backbone learns to tell good pictures from the same with a piece of themselves pasted elsewhere; what it then makes of good
 * pictures is taken for a Gaussian.
 */
export class CutPasteModel implements AnomalyModel {
  readonly parameters = new Parameters();
  private readonly hidden: readonly Linear[];
  private readonly output: Linear;
  /** The Gaussian of means over whole pictures, and of single tokens. */
  readonly gaussians: { readonly pictures: Whitening; readonly tokens: Whitening };

  constructor(
    readonly config: CutPasteConfig,
    readonly channels: number,
    generator: Generator,
  ) {
    const { layers, width } = config.head;
    const head = this.parameters.scope('head');
    const linear = (name: string, inputs: number, outputs: number) =>
      new Linear(head.scope(name), inputs, outputs, { weight: xavierUniform(generator), bias: zeros });
    this.hidden = Array.from({ length: layers }, (_, i) => linear(String(i), i === 0 ? channels : width, width));
    this.output = linear('output', layers === 0 ? channels : width, CLASSES);
    this.gaussians = {
      pictures: new Whitening(this.parameters.scope('pictures'), channels),
      tokens: new Whitening(this.parameters.scope('tokens'), channels),
    };
  }

  /** Which class a picture is of, before the softmax: means of features `[batch, channels]` to `[batch, 3]`. */
  logits(embeddings: tf.Tensor2D): tf.Tensor2D {
    const hidden = this.hidden.reduce<tf.Tensor>((x, layer) => tf.relu(layer.forward(x)), embeddings);
    return this.output.forward(hidden) as tf.Tensor2D;
  }

  /** What training makes small (cross-entropy), of normalised good pictures `[batch, height, width, 3]`. */
  loss(images: tf.Tensor4D, maps: PictureSource['maps'], generator: Generator): tf.Scalar {
    const { name } = this.config.backbone;
    const good = toUnitValues(images, name);
    const classes = [good, cutAndPaste(good, drawPatch, generator), cutAndPaste(good, drawScar, generator)];
    const pictures = fromUnitValues(tf.concat(classes), name); // [3 batch, height, width, 3]
    return crossEntropy(this.logits(embed(this.join(maps(pictures, true)))));
  }

  /** Maps of the stages to features `[batch, rows, columns, channels]`. */
  join(maps: readonly tf.Tensor4D[]): tf.Tensor4D {
    return neck(maps, this.config.featureSize, this.config.neck);
  }

  /** Each token's Mahalanobis distance from those of good pictures, wherever they stand: `[batch, rows, columns]`. */
  distance(features: tf.Tensor4D): tf.Tensor3D {
    return tf.tidy(() => tf.norm(this.gaussians.tokens.forward(features), 'euclidean', -1)) as tf.Tensor3D;
  }

  /** Each picture's. */
  scores(features: tf.Tensor4D): tf.Tensor1D {
    return tf.tidy(() => tf.norm(this.gaussians.pictures.forward(embed(features)), 'euclidean', -1)) as tf.Tensor1D;
  }

  loadStateDict(state: StateDict): void {
    this.parameters.loadStateDict(state);
  }

  dispose(): void {
    this.parameters.dispose();
  }
}

/** The mean of features `[batch, rows, columns, channels]`: `[batch, channels]`. */
const embed = (features: tf.Tensor4D): tf.Tensor2D => tf.mean(features, [1, 2]);

/** @param logits of as many pictures of each class, one class after the other, `[3 batch, 3]` */
function crossEntropy(logits: tf.Tensor2D): tf.Scalar {
  const each = logits.shape[0] / CLASSES;
  const classes = Int32Array.from({ length: CLASSES * each }, (_, i) => Math.floor(i / each));
  const isOfClass = tf.oneHot(tf.tensor1d(classes), CLASSES); // [3 batch, 3]
  return tf.neg(tf.mean<tf.Scalar>(tf.sum(tf.mul(tf.logSoftmax(logits), isOfClass), 1)));
}

/** CutPaste (Li et al. 2021). */
export const cutPaste: Method<CutPasteConfig, CutPasteModel, PictureSource> = {
  looksAt: 'pictures',
  learns: 'in epochs',
  create: (config, channels, generator) => new CutPasteModel(config, channels, generator),

  async fit(model, source, training, compile, hooks = {}) {
    const classifier = {
      parameters: model.parameters,
      loss: (images: tf.Tensor4D, generator: Generator) => model.loss(images, source.maps, generator),
      loadStateDict: (state: StateDict) => model.loadStateDict(state),
    };
    const log = await descend(classifier, source, training, compile, hooks);
    const { channels, config, gaussians } = model;
    const features = (images: tf.Tensor4D) => model.join(source.maps(images, false));
    const measure = async (into: Whitening, what: Pick<MomentsOptions, 'tokensOf' | 'perPicture'>) =>
      into.set(await measureMoments(source, { ...what, channels, compile, signal: hooks.signal }), 0, 0);
    await measure(gaussians.pictures, { tokensOf: (images) => embed(features(images)), perPicture: 1 });
    await measure(gaussians.tokens, { tokensOf: features, perPicture: config.featureSize[0] * config.featureSize[1] });
    return log;
  },
};
