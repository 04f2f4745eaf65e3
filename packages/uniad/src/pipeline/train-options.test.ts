import { defaultConfig } from '../config.js';
import { presets } from '../presets.js';
import { resolveTrainOptions } from './train-options.js';
import type { TrainOptions } from './train-options.js';

const resolve = (more: Partial<TrainOptions> = {}) => resolveTrainOptions({ data: 'parts', out: 'run', ...more });

test('data and a place are enough: the preset fast, on the backbone in the box', () => {
  const { config, training, holdOut, weights } = resolve();
  expect(config).toMatchObject(presets.fast.config);
  expect(training).toMatchObject(presets.fast.training);
  expect({ holdOut, weights }).toEqual({ holdOut: 0.2, weights: undefined });
});

test("the preset paper is the paper's model, and holds nothing out", () => {
  const { config, training, holdOut } = resolve({ preset: 'paper' });
  expect(config).toEqual(defaultConfig);
  expect(config.backbone).toEqual({ name: 'efficientnet_b4', stages: [1, 2, 3, 4], frozen: true });
  expect(training.epochs).toBe(1000);
  expect(holdOut).toBe(0);
});

test('another backbone gives the stages of the same strides', () => {
  const stagesOf = (name: string) => resolve({ config: { backbone: { name } } }).config.backbone.stages;
  expect(resolve().config.backbone.stages).toEqual([3, 4]);
  expect(stagesOf('tf_efficientnetv2_b0')).toEqual([3, 4]);
  expect(stagesOf('resnet18')).toEqual([2, 3]);
  expect(resolve({ config: { backbone: { name: 'resnet18', stages: [1] } } }).config.backbone.stages).toEqual([1]);
});

test.each<[object, string]>([
  [{ dataset: 'x' }, 'in the options of train but received "dataset"'],
  [{ preset: 'slow' }, 'for preset but received "slow"'],
  [{ holdOut: 1 }, 'a number from 0 to below 1 for holdOut but received 1'],
  [{ trainPerCategory: 0 }, 'at least 1 for trainPerCategory but received 0'],
  [{ device: 'abacus' }, 'for device but received "abacus"'],
  [{ resume: true, force: true }, 'resume or force but received both'],
  [{ tensorboard: true, preset: 'patchcore' }, 'a method that learns in epochs for tensorboard but received patchcore'],
  [{ tensorboard: 'yes' }, 'for tensorboard but received "yes"'],
  [{ config: { hidenDim: 1 } }, '"hidenDim"'],
  [{ config: { backbone: { name: 'alexnet' } } }, 'alexnet'],
  [{ config: { neighborMask: { size: [15, 15] }, featureSize: [8, 8] } }, 'something to see'],
  [{ training: { epoch: 1 } }, '"epoch"'],
])('refuses %j before anything starts', (more, message) => {
  expect(() => resolve(more)).toThrow(message);
});
