/**
 * Measures one device in a process of its own, so that its peak memory is its own, and prints the figures as JSON.
 * Usage: measure-device.ts DEVICE compiled|eager
 */
import * as tf from '@tensorflow/tfjs';
import {
  createModel,
  defaultConfig,
  Detector,
  FeatureExtractor,
  resolveConfig,
  runEagerly,
  selectDevice,
  ReconstructionModel,
  TrainingStep,
} from '@uniad/core';
import type { Compile, DeviceName } from '@uniad/core';
import { randomWeights } from '@uniad/backbones';
import { decodePicture, IMAGENET_DEVIATION, IMAGENET_MEAN, preprocessPicture } from '@uniad/datasets';
import { Generator } from '@uniad/nn';
import sharp from 'sharp';
import { median } from './figures.js';
import type { Figures } from './figures.js';

/** Channels of EfficientNet-B4's stages 1 to 4. */
const CHANNELS = 272;
const WARM_UP = 2;

/** Median milliseconds of `run`, over at least 5 runs or as many as fit into the seconds. */
async function time(run: () => Promise<void>, seconds = 8): Promise<number> {
  for (let i = 0; i < WARM_UP; i++) await run();
  const times: number[] = [];
  const until = performance.now() + seconds * 1000;
  while (times.length < 5 || (performance.now() < until && times.length < 50)) {
    const started = performance.now();
    await run();
    times.push(performance.now() - started);
    if (times.at(-1)! > seconds * 1000) break; // A device this slow needs no second opinion.
  }
  return median(times);
}

async function measureTraining(compile: Compile): Promise<number> {
  const generator = new Generator(0);
  const model = new ReconstructionModel(defaultConfig, CHANNELS, generator);
  const options = { learningRate: 1e-4, weightDecay: 1e-4, clipNorm: 0.1 };
  const step = new TrainingStep(model.parameters, (batch) => model.loss(batch, generator), options, compile);
  const features = randomTensor([8, 14, 14, CHANNELS]);
  const milliseconds = await time(async () => {
    await step.run(features);
  });
  step.dispose();
  model.dispose();
  features.dispose();
  return milliseconds;
}

async function measureForward(compile: Compile, batch: number): Promise<number> {
  const model = new ReconstructionModel(defaultConfig, CHANNELS, new Generator(0));
  const forward = compile((features) => [model.reconstruct(features as tf.Tensor4D)], { freezeVariables: true });
  const features = randomTensor([batch, 14, 14, CHANNELS]);
  const milliseconds = await time(async () => {
    const [output] = forward(features);
    await output!.data();
    output!.dispose();
  });
  forward.dispose();
  model.dispose();
  features.dispose();
  return milliseconds;
}

async function measurePrediction(compile: Compile): Promise<{ predictMs: number; backbonePerSecond: number }> {
  const name = 'tf_efficientnetv2_b0';
  const config = resolveConfig({ backbone: { name } });
  const backbone = randomWeights(name, new Generator(1));
  const extractor = new FeatureExtractor(config, backbone, compile);
  const network = createModel(config, extractor.channels, new Generator(0));
  const input = { mean: IMAGENET_MEAN, deviation: IMAGENET_DEVIATION };
  const threshold = { score: 1, source: 'none', mapRange: [0, 1] as const };
  const detector = new Detector(
    {
      id: 'random',
      config,
      categories: [],
      input,
      threshold,
      kinds: [],
      parameters: await network.parameters.stateDict(),
      backbone,
    },
    compile,
  );
  network.dispose();
  const noise = Buffer.from(new Generator(2).fillUniform(new Float32Array(256 * 256 * 3), 0, 255).map(Math.floor));
  const jpeg = await sharp(noise, { raw: { width: 256, height: 256, channels: 3 } })
    .blur(2)
    .jpeg()
    .toBuffer();
  const preprocessed = preprocessPicture(await decodePicture(jpeg), { imageSize: config.imageSize });
  const predictMs = await time(async () => {
    await detector.inspectImages([preprocessPicture(await decodePicture(jpeg), { imageSize: config.imageSize })]);
  });
  const batchMs = await time(async () => {
    await extractor.extract(Array<Float32Array>(8).fill(preprocessed));
  });
  detector.dispose();
  extractor.dispose();
  return { predictMs, backbonePerSecond: 8000 / batchMs };
}

function randomTensor(shape: [number, number, number, number]): tf.Tensor4D {
  const size = shape.reduce((product, side) => product * side, 1);
  return tf.tensor4d(new Generator(3).fillNormal(new Float32Array(size), 0, 1), shape);
}

const [deviceName = 'onnxruntime', mode = 'compiled'] = process.argv.slice(2);
const device = await selectDevice(deviceName as DeviceName);
const compile = mode === 'compiled' ? device.compile : runEagerly;
// Training first: its memory is the peak.
const trainStepMs = await measureTraining(compile);
const peakRssMB = process.resourceUsage().maxRSS / 1024;
const figures: Figures = {
  trainStepMs,
  forwardMs: await measureForward(compile, 8),
  forwardBatch1Ms: await measureForward(compile, 1),
  ...(await measurePrediction(compile)),
  peakRssMB: Math.max(peakRssMB, process.resourceUsage().maxRSS / 1024),
};
console.log(JSON.stringify(figures));
