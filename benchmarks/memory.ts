/** Prints the resident memory of training the paper's model at batch 8 on `onnxruntime`, compiled, as the steps go by. `--help` lists the settings. */
import * as tf from '@tensorflow/tfjs';
import { defaultConfig, ReconstructionModel, resolveTraining, selectDevice, TrainingStep } from '@uniad/core';
import { Generator } from '@uniad/nn';
import { Command } from 'commander';

const { steps } = new Command('memory').option('--steps <n>', 'of training', '200').parse().opts<{ steps: string }>();

const CHANNELS = 272; // EfficientNet-B4's
const EVERY = 20;

const training = resolveTraining();
const device = await selectDevice('onnxruntime');
const model = new ReconstructionModel(defaultConfig, CHANNELS, new Generator(0));
const noise = new Generator(1);
const step = new TrainingStep(model.parameters, (batch) => model.loss(batch, noise), training, device.compile);
const shape: [number, number, number, number] = [training.batchSize, ...defaultConfig.featureSize, CHANNELS];
for (let count = 1; count <= Number(steps); count++) {
  const features = tf.tensor4d(
    new Generator(count).fillNormal(new Float32Array(shape.reduce((a, b) => a * b)), 0, 1),
    shape,
  );
  await step.run(features);
  features.dispose();
  if (count % EVERY === 0)
    console.log(`step ${count}: ${(process.memoryUsage.rss() / 2 ** 20).toFixed(0)} MiB resident`);
}
step.dispose();
model.dispose();
