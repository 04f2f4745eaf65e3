import * as tf from '@tensorflow/tfjs';
import '@uniad/tfjs-onnxruntime';
import { createBackbone } from '@uniad/backbones';
import { Generator, readStateDict, writeSafetensors } from '@uniad/nn';
import { augment } from './augment.js';
import { drawBatch } from './batches.js';
import { Distillation } from './distillation.js';
import { drawSynthetic } from './pictures.js';
import { featureStatistics } from './statistics.js';

const SIZE = 32;
const pictures = { photographs: drawSynthetic(4, 1), synthetic: drawSynthetic(2, 2) };
const options = { seed: 0, weightDecay: 0.01, threads: 1 };
const random = new Generator(0);

beforeAll(() => tf.setBackend('onnxruntime'));

function teacher(): ReturnType<typeof createBackbone> {
  return createBackbone('tf_efficientnetv2_b0', { stages: [1, 2, 3, 4], weights: new Generator(3) });
}

function train(distillation: Distillation, from: number, to: number): number[][] {
  return Array.from({ length: to - from }, (_, i) => {
    const images = drawBatch(pictures, { batch: 4, size: SIZE, share: 0.5 }, random.fork(`step ${from + i}`));
    const losses = distillation.step(images, 1e-2);
    images.dispose();
    return losses;
  });
}

test('the loss falls, and a run that goes on from a saved state gives what a straight run gives', async () => {
  const before = tf.memory().numTensors;
  const frozen = teacher();
  const statistics = featureStatistics(frozen, pictures.photographs, { size: SIZE, batch: 4 });
  const straight = new Distillation(frozen, statistics, options);
  const losses = train(straight, 0, 12);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  expect(sum(losses.at(-1)!)).toBeLessThan(0.8 * sum(losses[0]!));

  const first = new Distillation(frozen, statistics, options);
  train(first, 0, 5);
  const saved = readStateDict(writeSafetensors(await first.stateDict()));
  const resumed = new Distillation(frozen, statistics, options);
  resumed.loadStateDict(saved);
  expect(train(resumed, 5, 12)).toEqual(losses.slice(5));
  expect(await resumed.stateDict()).toEqual(await straight.stateDict());

  const student = createBackbone('uniad_tiny', { stages: [1, 2, 3, 4], weights: await straight.studentWeights() });
  for (const disposable of [straight, first, resumed, student, frozen]) disposable.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test('of a teacher with other channels, the stages of its strides are learned', async () => {
  const frozen = createBackbone('resnet18', { stages: [1, 2], weights: new Generator(4) });
  const statistics = featureStatistics(frozen, pictures.photographs, { size: SIZE, batch: 4 });
  const distillation = new Distillation(frozen, statistics, options);
  const losses = train(distillation, 0, 12);
  expect(losses[0]).toHaveLength(2);
  losses.at(-1)!.forEach((loss, stage) => expect(loss).toBeLessThan(losses[0]![stage]!));
  const weights = await distillation.studentWeights();
  const student = createBackbone('uniad_tiny', { stages: [2, 3], weights });
  for (const disposable of [distillation, student, frozen]) disposable.dispose();
  const tooDeep = createBackbone('resnet18', { stages: [4], weights: new Generator(4) });
  expect(() => new Distillation(tooDeep, {}, options)).toThrow('but received 32');
  tooDeep.dispose();
});

test('augmented pictures follow from the generator, and differ', () => {
  const [picture] = pictures.photographs;
  const draw = (name: string) => augment(picture!, SIZE, random.fork(name));
  expect(draw('a')).toEqual(draw('a'));
  expect(draw('a').data).not.toEqual(draw('b').data);
  expect(draw('a').data).toHaveLength(SIZE * SIZE * 3);
});
