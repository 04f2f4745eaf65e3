import * as tf from '@tensorflow/tfjs';
import { randomWeights } from '@uniad/backbones';
import { Generator, multiplyAdds } from '@uniad/nn';
import type { ModelConfig } from '../config.js';
import { createModel } from '../methods/methods.js';
import { FeatureExtractor } from '../pipeline/feature-extractor.js';
import { runEagerly } from '../device/device.js';

/** What a model costs (table A7). */
export interface Complexity {
  /** Of one picture, backbone included: two for each multiply-add of the matrix products and convolutions, in units of 10^9. */
  readonly flops: number;
  /** Learnable numbers, the frozen backbone's left out, in millions. */
  readonly parameters: number;
}

/** Counts a model as it is built, on the current device. */
export async function complexityOf(config: ModelConfig): Promise<Complexity> {
  const generator = new Generator(0);
  const extractor = new FeatureExtractor(config, randomWeights(config.backbone.name, generator), runEagerly);
  const model = createModel(config, extractor.channels, generator);
  try {
    const counted = await multiplyAdds(() => {
      const picture = tf.zeros<tf.Rank.R4>([1, ...config.imageSize, 3]);
      const maps = extractor.maps(picture);
      return model.distance(extractor.join(maps), { images: picture, maps });
    });
    const sizes = model.parameters.entries().map(([, variable]) => variable.size);
    return { flops: (2 * counted) / 1e9, parameters: sizes.reduce((sum, size) => sum + size, 0) / 1e6 };
  } finally {
    model.dispose();
    extractor.dispose();
  }
}
