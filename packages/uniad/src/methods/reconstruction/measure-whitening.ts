import * as tf from '@tensorflow/tfjs';
import type { Compile } from '../../device/device.js';
import type { FeatureSource } from '../../training/feature-source.js';
import { sumOver } from '../sum-over.js';
import type { ReconstructionModel } from './reconstruction-model.js';
import type { Moments } from './whitening.js';

/** Of features: in directions and channels in which good ones hardly vary there is mostly noise to learn. */
const [SHRINKAGE, FLOOR] = [0.2, 0.1] as const;

/** Measured on the features themselves, before training; see {@link ReconstructionModel.prepare}. */
export async function measureFeatureWhitening(
  { featureWhitening, channels, groups }: Pick<ReconstructionModel, 'featureWhitening' | 'channels' | 'groups'>,
  source: FeatureSource,
  compile: Compile,
  signal?: AbortSignal,
): Promise<void> {
  if (!featureWhitening) return;
  const measured = await moments((raw) => raw, channels, source, compile, signal);
  featureWhitening.set(measured, SHRINKAGE, FLOOR, groups);
}

/** Measured on what a trained model leaves unexplained of the features that it learned from; see {@link ReconstructionModel.distance}. */
export async function measureResidualWhitening(
  model: ReconstructionModel,
  source: FeatureSource,
  compile: Compile,
  signal?: AbortSignal,
): Promise<void> {
  if (!model.residualWhitening) return;
  const residual = (raw: tf.Tensor4D) => model.residual(model.prepare(raw));
  model.residualWhitening.set(await moments(residual, model.channels, source, compile, signal), 0, 0);
}

async function moments(
  tokensOf: (raw: tf.Tensor4D) => tf.Tensor,
  channels: number,
  source: FeatureSource,
  compile: Compile,
  signal?: AbortSignal,
): Promise<Moments> {
  const [rows, columns] = source.shape;
  const sumsOf = compile(
    (raw) => {
      const tokens = tf.reshape(tokensOf(raw as tf.Tensor4D), [-1, channels]);
      return [tf.sum(tokens, 0), tf.matMul(tokens, tokens, true)];
    },
    { freezeVariables: true },
  );
  const [sum, products] = await sumOver(source, sumsOf, signal);
  return { tokens: source.length * rows * columns, sum: sum!, products: products! };
}
