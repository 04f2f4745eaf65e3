import {
  backboneComplexity,
  BackboneError,
  backboneNames,
  createTrainableBackbone,
  describeBackbone,
} from './common.js';
import type { BackboneName } from './common.js';
import { Generator, Parameters } from '@uniad/nn';
import { useBackend } from '../test/backends.js';

useBackend('cpu');

test.each([
  // In units of 10^9, as torchvision's and the papers' tables have them, less the classifier and the last 1x1 convolution.
  ['resnet18', 224, 1.81],
  ['resnet34', 224, 3.66],
  ['resnet50', 224, 4.09],
  ['resnet101', 224, 7.8],
  ['efficientnet_b0', 224, 0.37],
  ['efficientnet_b4', 380, 4.2],
  ['uniad_tiny', 224, 0.28],
] as const)('%s at %i pixels: %f thousand million products', (name, side, expected) => {
  const { multiplyAdds } = backboneComplexity(name, { imageSize: [side, side] });
  expect(Math.abs(multiplyAdds / 1e9 / expected - 1)).toBeLessThan(0.04);
});

test('counts the stages asked for, at the size asked for', () => {
  const whole = backboneComplexity('uniad_tiny');
  const [height, width] = [224, 112];
  expect(backboneComplexity('uniad_tiny', { imageSize: [height, width] }).multiplyAdds).toBe(whole.multiplyAdds / 2);
  const first = backboneComplexity('uniad_tiny', { stages: [1] });
  // Two 3x3 convolutions, of 3 and 16 to 16 channels, and a 1x1 one, each with a batch norm of 2 numbers a channel.
  expect(first).toEqual({
    parameters: 9 * 16 * (3 + 16) + 16 * 16 + 3 * 2 * 16,
    multiplyAdds: 112 * 112 * (9 * 16 * (3 + 16) + 16 * 16),
  });
  const parameters = new Parameters();
  createTrainableBackbone('uniad_tiny', { stages: [1, 3], weights: new Generator(0), parameters });
  const trained = parameters.entries().reduce((sum, [, variable]) => sum + variable.size, 0);
  expect(backboneComplexity('uniad_tiny', { stages: [3] }).parameters).toBe(trained);
  parameters.dispose();
});

test('refuses names, stages and sizes that are not there', () => {
  expect(() => backboneComplexity('resnet19')).toThrow(BackboneError);
  expect(() => backboneComplexity('resnet18', { stages: [5] })).toThrow(BackboneError);
  expect(() => backboneComplexity('resnet18', { imageSize: [224, 0.5] })).toThrow(
    'Expected positive whole numbers for imageSize but received [224, 0.5]',
  );
});

test('describes every backbone without weights', () => {
  for (const name of backboneNames) {
    const { stages, mean, deviation, imageSize } = describeBackbone(name);
    expect(stages.map(({ stage }) => stage)).toEqual(stages.map((_, i) => i + 1));
    expect(stages.every(({ stride }, i) => i === 0 || stride === 2 * stages[i - 1]!.stride)).toBe(true);
    const isCentred = /lite|v2_[sml]$/.test(name);
    expect(mean).toEqual(isCentred ? [0.5, 0.5, 0.5] : [0.485, 0.456, 0.406]);
    expect(deviation).toEqual(isCentred ? [0.5, 0.5, 0.5] : [0.229, 0.224, 0.225]);
    expect(imageSize).toBeGreaterThanOrEqual(224);
  }
  expect(describeBackbone('efficientnet_b4')).toEqual({
    name: 'efficientnet_b4',
    stages: [24, 32, 56, 160, 448].map((channels, i) => ({ stage: i + 1, channels, stride: 2 ** (i + 1) })),
    mean: [0.485, 0.456, 0.406],
    deviation: [0.229, 0.224, 0.225],
    imageSize: 380,
  });
  expect(() => describeBackbone('resnet19')).toThrow(/^Expected one of efficientnet_b0, .*uniad_tiny .*resnet19$/);
});

test('names are a type that knows them, and functions take any string', () => {
  const known: BackboneName = 'efficientnet_b4';
  // @ts-expect-error There is no such backbone.
  const unknown: BackboneName = 'resnet19';
  const read: string = known;
  expect(describeBackbone(read).name).toBe(known);
  expect(() => describeBackbone(unknown)).toThrow(BackboneError);
});

test('every name of Table A6 is there', () => {
  const table = [
    'resnet18',
    'resnet34',
    'resnet50',
    'resnet101',
    ...[0, 2, 4, 6].map((size) => `efficientnet_b${size}`),
  ];
  expect(backboneNames).toEqual(expect.arrayContaining(table));
});
