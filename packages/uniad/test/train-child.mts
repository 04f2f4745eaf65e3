/**
 * A training run in a process of its own, to be killed: prints each finished epoch.
 * Usage: train-child.mts DATA OUT CACHE DEVICE [resume]
 */
import { randomWeights } from '@uniad/backbones';
import { train } from '@uniad/core';
import type { DeviceName } from '@uniad/core';
import { Generator } from '@uniad/nn';

const [data, out, cache, device, resume] = process.argv.slice(2) as [
  string,
  string,
  string,
  DeviceName,
  string | undefined,
];
await train({
  data,
  out,
  cache,
  device,
  weights: randomWeights('resnet18', new Generator(1)),
  resume: resume !== undefined,
  config: {
    backbone: { name: 'resnet18', stages: [1, 2] },
    imageSize: [64, 64],
    featureSize: [8, 8],
    hiddenDim: 32,
    heads: 2,
    feedForwardDim: 64,
    encoderLayers: 1,
    decoderLayers: 1,
    neighborMask: { size: [3, 3] },
  },
  training: { epochs: 6, batchSize: 4, learningRate: 1e-3 },
  onEvent: (event) => {
    if (event.type === 'epoch') console.log(`epoch ${event.log.epoch}`);
  },
});
