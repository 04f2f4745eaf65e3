import * as tf from '@tensorflow/tfjs';
import type { Compile } from '../device/device.js';
import type { UniAD } from '../model/uniad.js';
import { Whitening } from '../model/whitening.js';
import type { Moments } from '../model/whitening.js';
import { readBatch } from './feature-source.js';
import type { FeatureSource } from './feature-source.js';

/** Pictures that are read together. */
const BATCH = 8;

/** In directions in which good features hardly vary there is mostly noise to learn. */
const FEATURE_SHRINKAGE = 0.2;

/** Measured on the features themselves, before training; see {@link UniAD.whiten}. */
export async function featureWhitening(model: UniAD, source: FeatureSource, compile: Compile): Promise<Whitening> {
  return Whitening.of(await moments((raw) => raw, model, source, compile), FEATURE_SHRINKAGE);
}

/** Measured on what a trained model leaves unexplained of the features that it learned from; see {@link UniAD.difference}. */
export async function residualWhitening(model: UniAD, source: FeatureSource, compile: Compile): Promise<Whitening> {
  return Whitening.of(await moments((raw) => model.residual(model.whiten(raw)), model, source, compile), 0);
}

async function moments(
  tokensOf: (raw: tf.Tensor4D) => tf.Tensor,
  model: UniAD,
  source: FeatureSource,
  compile: Compile,
): Promise<Moments> {
  const { channels } = model;
  const [sum, products] = [new Float64Array(channels), new Float64Array(channels ** 2)];
  let tokens = 0;
  const sumsOf = compile(
    (raw) => {
      const rows = tf.reshape(tokensOf(raw as tf.Tensor4D), [-1, channels]);
      return [tf.sum(rows, 0), tf.matMul(rows, rows, true)];
    },
    { freezeVariables: true },
  );
  try {
    for (let start = 0; start < source.length; start += BATCH) {
      const indices = Array.from({ length: Math.min(BATCH, source.length - start) }, (_, i) => start + i);
      const features = await readBatch(source, indices, model);
      tokens += features.size / channels;
      const sums = sumsOf(features);
      features.dispose();
      const [batchSum, batchProducts] = await Promise.all(sums.map((tensor) => tensor.data()));
      tf.dispose(sums);
      batchSum!.forEach((value, i) => (sum[i]! += value));
      batchProducts!.forEach((value, i) => (products[i]! += value));
    }
  } finally {
    sumsOf.dispose();
  }
  return { tokens, sum, products };
}
