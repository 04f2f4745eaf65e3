/**
 * Distils `uniad_tiny`, the backbone that ships with `@uniad/backbones`: it learns to predict the standardised features of
 * another (after EfficientAD, Batzner et al. 2024, section 3.1). See README.md for the command.
 */
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import '@uniad/tfjs-onnxruntime';
import { createBackbone, describeBackbone } from '@uniad/backbones';
import type { BackboneName } from '@uniad/backbones';
import { cosineSchedule, Generator, readStateDict } from '@uniad/nn';
import { drawBatch } from './batches.js';
import { readCheckpoint, writeCheckpoint } from './checkpoint.js';
import { Distillation, prefixed, STUDENT, withPrefix } from './distillation.js';
import { readOptions } from './options.js';
import { drawSynthetic, readPhotographs } from './pictures.js';
import { featureStatistics } from './statistics.js';
import { writeWeights } from './weights.js';

/** Of the stages that a student learns to predict. */
const DEEPEST_STRIDE = 16;
const LOG_EVERY = 20;

const options = readOptions(process.argv.slice(2));
const { batch, size, steps, rate, warmUp, seed } = options;
await mkdir(options.out, { recursive: true });
const checkpointFile = join(options.out, 'checkpoint.safetensors');
const weightsFile = join(options.out, `${STUDENT}.safetensors`);

await tf.setBackend('onnxruntime');
const checkpoint = await readCheckpoint(checkpointFile, options);
const [teacherName = '', teacherFile = ''] = options.teacher.split('=');
const { name, stages } = describeBackbone(teacherName as BackboneName);
const teacher = createBackbone(name, {
  stages: stages.filter(({ stride }) => stride <= DEEPEST_STRIDE).map(({ stage }) => stage),
  weights: readStateDict(await readFile(teacherFile)),
});
const photographs = await readPhotographs(options.pictures);
const synthetic = drawSynthetic(options.drawn, seed);
await log({ photographs: photographs.length, synthetic: synthetic.length });

const statistics = checkpoint
  ? withPrefix('teacher.', checkpoint.state)
  : featureStatistics(teacher, [...photographs, ...synthetic], options);
const distillation = new Distillation(teacher, statistics, options);
if (checkpoint) distillation.loadStateDict(checkpoint.state);

const schedule = cosineSchedule({ learningRate: rate, warmUp, steps });
const random = new Generator(seed);
let loss: readonly number[] = checkpoint?.loss ?? [];
let since = performance.now();
for (let step = checkpoint?.step ?? 0; step < steps;) {
  const images = drawBatch(
    { photographs, synthetic },
    { batch, size, share: options.synthetic },
    random.fork(`step ${step}`),
  );
  const losses = distillation.step(images, schedule(step));
  images.dispose();
  step++;
  loss = losses.map((value, i) => (loss[i] === undefined ? value : 0.98 * loss[i] + 0.02 * value));
  if (step % LOG_EVERY === 0) {
    const milliseconds = (performance.now() - since) / LOG_EVERY;
    since = performance.now();
    await log({
      step,
      loss: loss.map((value) => Number(value.toFixed(4))),
      rate: Number(schedule(step - 1).toPrecision(4)),
      milliseconds: Math.round(milliseconds),
    });
  }
  if (step % options.every === 0 || step === steps) {
    const state = { ...(await distillation.stateDict()), ...prefixed('teacher.', statistics) };
    await writeCheckpoint(checkpointFile, { step, loss, state }, options);
    await writeWeights(weightsFile, await distillation.studentWeights(), {
      made_by: 'tools/distill of the uniad repository',
      teacher: `${name} (timm in1k weights), stages ${teacher.stages.map(({ stage }) => stage).join(', ')}, channels standardised`,
      pictures: `${photographs.length} photographs, one of each ImageNet class, and ${synthetic.length} synthetic pictures of @uniad/datasets (share ${options.synthetic}); random crops, turns, colours, blur and noise at ${size} pixels`,
      steps: `${step} of ${steps}, batch ${batch}, AdamW ${rate} with cosine decay`,
      seed: String(seed),
      loss: `mean squared error of the stages ${loss.map((value) => value.toFixed(3)).join(', ')} (running mean)`,
    });
  }
}
distillation.dispose();
teacher.dispose();

async function log(entry: object): Promise<void> {
  const line = JSON.stringify(entry);
  console.log(line);
  await appendFile(join(options.out, 'log.jsonl'), `${line}\n`);
}
