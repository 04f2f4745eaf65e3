import { randomWeights } from '@uniad/backbones';
import { IMAGENET_DEVIATION, IMAGENET_MEAN } from '@uniad/datasets';
import { Generator } from '@uniad/nn';
import { resolveConfig } from '../src/config.js';
import { createModel } from '../src/methods/methods.js';
import type { TrainedModel } from '../src/pipeline/model-files.js';

const config = resolveConfig({
  backbone: { name: 'resnet18', stages: [1, 2] },
  imageSize: [32, 32],
  featureSize: [4, 4],
  hiddenDim: 16,
  heads: 2,
  feedForwardDim: 32,
  encoderLayers: 1,
  decoderLayers: 1,
  neighborMask: { size: [3, 3] },
});

/** A small model with random weights, which stands for one that was trained. */
export async function trainedModel(): Promise<TrainedModel> {
  const network = createModel(config, 64 + 128, new Generator(0));
  const parameters = await network.parameters.stateDict();
  network.dispose();
  return {
    config,
    id: 'test',
    categories: ['part'],
    input: { mean: IMAGENET_MEAN, deviation: IMAGENET_DEVIATION },
    threshold: { score: 3, source: 'a test', mapRange: [1, 5] },
    kinds: [],
    parameters,
    backbone: randomWeights('resnet18', new Generator(1)),
  };
}
