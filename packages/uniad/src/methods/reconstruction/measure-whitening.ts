import type * as tf from '@tensorflow/tfjs';
import type { Compile } from '../../device/device.js';
import type { FeatureSource } from '../../training/feature-source.js';
import { measureMoments } from '../whitening/measure-moments.js';
import type { ReconstructionModel } from './reconstruction-model.js';

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
  const perPicture = source.shape[0] * source.shape[1];
  const measured = await measureMoments(source, { channels, perPicture, compile, signal });
  featureWhitening.set(measured, SHRINKAGE, FLOOR, groups);
}

/** Measured on what a trained model leaves unexplained of the features that it learned from; see {@link ReconstructionModel.distance}. */
export async function measureResidualWhitening(
  model: ReconstructionModel,
  source: FeatureSource,
  compile: Compile,
  signal?: AbortSignal,
): Promise<void> {
  const { residualWhitening, channels } = model;
  if (!residualWhitening) return;
  const tokensOf = (raw: tf.Tensor4D) => model.residual(model.prepare(raw));
  const perPicture = source.shape[0] * source.shape[1];
  residualWhitening.set(await measureMoments(source, { tokensOf, channels, perPicture, compile, signal }), 0, 0);
}
