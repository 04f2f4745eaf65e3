import type * as tf from '@tensorflow/tfjs';
import type { Compile } from '../../device/device.js';
import type { FeatureSource } from '../../training/feature-source.js';
import { measureMoments } from '../whitening/measure-moments.js';
import type { ReconstructionModel } from './reconstruction-model.js';

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
