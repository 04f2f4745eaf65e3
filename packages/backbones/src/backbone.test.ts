import * as tf from '@tensorflow/tfjs';
import { Generator, StateDictError } from '@uniad/nn';
import type { StateDict } from '@uniad/nn';
import { useBackend } from '../test/backends.js';
import { backboneNames, describeBackbone, networks } from './architectures.js';
import type { BackboneName } from './architectures.js';
import { createBackbone, weightsOfStages } from './backbone.js';
import { BackboneError } from './error.js';
import { convolutionParameters } from './networks/convolution.js';
import type { ParameterSpec } from './networks/convolution.js';
import type { Network } from './networks/network.js';
import { convolutionsUpTo, randomState } from './parameters.js';

useBackend('wasm');

const PATTERN = Float32Array.from({ length: 4093 }, (_, i) => ((i * 7919) % 1009) / 504 - 1);

/** Cheap weights of a sensible size, for networks of up to 64 million parameters. */
function cheapState(network: Network): StateDict {
  return Object.fromEntries(
    parametersUpTo(network, network.stages.length).map(({ name, shape }) => {
      const data = new Float32Array(shape.reduce((product, side) => product * side, 1));
      if (shape.length === 1)
        return [name, { shape, data: data.fill(/\.(weight|running_var)$/.test(name) ? 1 : 0.01) }];
      const scale = Math.sqrt((3 * shape[0]!) / data.length);
      for (let i = 0, j = 0; i < data.length; i++, j = j === 4092 ? 0 : j + 1) data[i] = PATTERN[j]! * scale;
      return [name, { shape, data }];
    }),
  );
}

function parametersUpTo(network: Network, stage: number): ParameterSpec[] {
  return convolutionsUpTo(network, stage).flatMap(convolutionParameters);
}

const CHANNELS: Readonly<Record<string, readonly number[]>> = {
  efficientnet_b0: [16, 24, 40, 112, 320],
  efficientnet_b1: [16, 24, 40, 112, 320],
  efficientnet_b2: [16, 24, 48, 120, 352],
  efficientnet_b3: [24, 32, 48, 136, 384],
  efficientnet_b4: [24, 32, 56, 160, 448],
  efficientnet_b5: [24, 40, 64, 176, 512],
  efficientnet_b6: [32, 40, 72, 200, 576],
  efficientnet_b7: [32, 48, 80, 224, 640],
  efficientnet_lite0: [16, 24, 40, 112, 320],
  efficientnet_lite1: [16, 24, 40, 112, 320],
  efficientnet_lite2: [16, 24, 48, 120, 352],
  efficientnet_lite3: [24, 32, 48, 136, 384],
  efficientnet_lite4: [24, 32, 56, 160, 448],
  efficientnetv2_b0: [16, 32, 48, 112, 192],
  efficientnetv2_b1: [16, 32, 48, 112, 192],
  efficientnetv2_b2: [16, 32, 56, 120, 208],
  efficientnetv2_b3: [16, 40, 56, 136, 232],
  efficientnetv2_s: [24, 48, 64, 160, 256],
  efficientnetv2_m: [24, 48, 80, 176, 512],
  efficientnetv2_l: [32, 64, 96, 224, 640],
  resnet18: [64, 128, 256, 512],
  resnet26: [256, 512, 1024, 2048],
  resnet34: [64, 128, 256, 512],
  resnet50: [256, 512, 1024, 2048],
  resnet101: [256, 512, 1024, 2048],
  resnet152: [256, 512, 1024, 2048],
  wide_resnet50_2: [256, 512, 1024, 2048],
  uniad_tiny: [16, 32, 48, 112],
};

/** Parameters of the whole network without batch norm statistics, as torchvision, timm and the papers count them. */
const PARAMETERS = {
  efficientnet_b0: 5_288_548,
  efficientnet_b1: 7_794_184,
  efficientnet_b2: 9_109_994,
  efficientnet_b3: 12_233_232,
  efficientnet_b4: 19_341_616,
  efficientnet_b5: 30_389_784,
  efficientnet_b6: 43_040_704,
  efficientnet_b7: 66_347_960,
  tf_efficientnet_lite0: 4_652_008,
  tf_efficientnet_lite1: 5_416_680,
  tf_efficientnet_lite2: 6_092_072,
  tf_efficientnet_lite3: 8_197_096,
  tf_efficientnet_lite4: 13_006_568,
  tf_efficientnetv2_b0: 7_139_704,
  tf_efficientnetv2_b1: 8_141_052,
  tf_efficientnetv2_b2: 10_096_086,
  tf_efficientnetv2_b3: 14_358_406,
  tf_efficientnetv2_s: 21_458_488,
  tf_efficientnetv2_m: 54_139_356,
  tf_efficientnetv2_l: 118_515_272,
  resnet18: 11_689_512,
  resnet26: 15_995_176,
  resnet34: 21_797_672,
  resnet50: 25_557_032,
  resnet101: 44_549_160,
  resnet152: 60_192_808,
  wide_resnet50_2: 68_883_240,
  uniad_tiny: 642_480,
} as const satisfies Partial<Record<BackboneName, number>>;

test.each(Object.entries(PARAMETERS) as [BackboneName, number][])('%s has %i parameters', (name, expected) => {
  const [network] = networks(name);
  const counted = [...parametersUpTo(network, network.stages.length), ...network.head]
    .filter((parameter) => !/running_(mean|var)$/.test(parameter.name))
    .map(({ shape }) => shape.reduce<number>((product, size) => product * (size ?? 1000), 1));
  expect(counted.reduce((sum, size) => sum + size, 0)).toBe(expected);
});

test.each(backboneNames)('%s gives the maps it states, stops at the deepest and frees everything', (name) => {
  const { stages } = describeBackbone(name);
  expect(stages.map(({ channels }) => channels)).toEqual(CHANNELS[name.replace('tf_', '')]);
  const state = cheapState(networks(name)[0]);
  const images = tf.randomUniform([1, 64, 64, 3], -1, 1, 'float32', 1) as tf.Tensor4D;
  const before = tf.memory().numTensors;

  const whole = createBackbone(name, { stages: stages.map(({ stage }) => stage), weights: state });
  const tensorsOfWhole = tf.memory().numTensors - before;
  const maps = whole.forward(images);
  expect(tf.memory().numTensors).toBe(before + tensorsOfWhole + maps.length);
  expect(maps.map(({ shape }) => shape)).toEqual(
    stages.map(({ channels, stride }) => [1, 64 / stride, 64 / stride, channels]),
  );
  expect(whole.channels).toBe(stages.reduce((sum, { channels }) => sum + channels, 0));
  maps.forEach((map) => expect(Number.isFinite(tf.tidy(() => tf.sum(map).dataSync()[0]))).toBe(true));

  const beforeShallow = tf.memory().numTensors;
  const needed = weightsOfStages(name, { stages: [2], weights: state });
  const upToThere = parametersUpTo(networks(name)[0], 2).map((parameter) => parameter.name);
  expect(Object.keys(needed).sort()).toEqual(upToThere.sort());
  expect(upToThere.length).toBeLessThan(Object.keys(state).length);
  const shallow = createBackbone(name, { stages: [2], weights: needed });
  expect(tf.memory().numTensors - beforeShallow).toBeLessThan(tensorsOfWhole);
  const [second, ...others] = shallow.forward(images);
  expect(others).toEqual([]);
  expect(second!.dataSync()).toEqual(maps[1]!.dataSync());

  tf.dispose([second!, ...maps]);
  whole.dispose();
  shallow.dispose();
  expect(tf.memory().numTensors).toBe(before);
  images.dispose();
});

describe('createBackbone', () => {
  const state = cheapState(networks('resnet18')[0]);

  test('draws random weights from a generator, the same for the same seed', () => {
    const outputs = [1, 1, 2].map((seed) => {
      const backbone = createBackbone('tf_efficientnetv2_b0', { stages: [1, 3], weights: new Generator(seed) });
      const data = tf.tidy(() => backbone.forward(tf.ones([1, 32, 32, 3]))[1]!.dataSync());
      backbone.dispose();
      return Array.from(data);
    });
    expect(outputs[0]).toEqual(outputs[1]);
    expect(outputs[0]).not.toEqual(outputs[2]);
    const deviation = Math.sqrt(outputs[0]!.reduce((sum, x) => sum + x * x, 0) / outputs[0]!.length);
    expect(deviation).toBeGreaterThan(1e-3);
    expect(deviation).toBeLessThan(1e3);
  });

  test.each(['efficientnet_b0', 'tf_efficientnet_b0'] as const)('%s takes official and timm names alike', (name) => {
    const [first, second] = networks(name);
    const underSecond = randomState(second!, 3, new Generator(3));
    const names = parametersUpTo(first, 3).map((parameter) => parameter.name);
    const underFirst = Object.fromEntries(Object.values(underSecond).map((tensor, i) => [names[i]!, tensor]));
    const outputs = [underFirst, underSecond].map((weights) => {
      const backbone = createBackbone(name, { stages: [3], weights });
      const data = tf.tidy(() => backbone.forward(tf.ones([1, 64, 64, 3]))[0]!.dataSync());
      backbone.dispose();
      return data;
    });
    expect(outputs[0]).toEqual(outputs[1]);
  });

  test('official and TensorFlow padding differ at 224 for B4 and agree for B0', () => {
    const differs = (['b0', 'b4'] as const).map((size) => {
      const weights = cheapState(networks(`efficientnet_${size}`)[0]);
      const [official, tensorflow] = ['', 'tf_'].map((prefix) => {
        const backbone = createBackbone(`${prefix}efficientnet_${size}`, { stages: [2, 3], weights });
        const maps = tf.tidy(() =>
          backbone.forward(tf.randomUniform([1, 224, 224, 3], 0, 1, 'float32', 5)).map((map) => map.dataSync()),
        );
        backbone.dispose();
        return maps;
      });
      return [0, 1].map((i) => official![i]!.some((x, j) => x !== tensorflow![i]![j]));
    });
    expect(differs).toEqual([
      [false, false],
      [false, true],
    ]);
  });

  test('returns stages in rising order whatever order they are asked in', () => {
    const backbone = createBackbone('resnet18', { stages: [3, 1], weights: state });
    expect(backbone.stages).toEqual([
      { stage: 1, channels: 64, stride: 4 },
      { stage: 3, channels: 256, stride: 16 },
    ]);
    backbone.dispose();
  });

  test('takes a file without deeper layers, with a classifier of any size, and with batch counts', () => {
    const partial = Object.entries(state).filter(([name]) => !name.startsWith('layer4.1'));
    const weights = Object.fromEntries([
      ...partial,
      ['fc.weight', { shape: [10, 512], data: new Float32Array(5120) }],
      ['fc.bias', { shape: [10], data: new Float32Array(10) }],
      ['bn1.num_batches_tracked', { shape: [], data: new Float32Array(1) }],
    ]) as StateDict;
    createBackbone('resnet18', { stages: [3], weights }).dispose();
    expect(() => createBackbone('resnet18', { stages: [4], weights })).toThrow(StateDictError);
  });

  test('lists what is missing, unexpected and misshapen, and keeps no tensor', () => {
    const before = tf.memory().numTensors;
    const known = Object.entries(state).filter(([name]) => name !== 'conv1.weight');
    const odd = { shape: [32], data: new Float32Array(32) };
    const weights: StateDict = { ...Object.fromEntries(known), 'layer9.weight': odd, 'bn1.bias': odd };
    let error: unknown;
    try {
      createBackbone('resnet18', { stages: [1], weights });
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(StateDictError);
    expect((error as StateDictError).missing).toEqual(['conv1.weight']);
    expect((error as StateDictError).unexpected).toEqual(['layer9.weight']);
    expect((error as StateDictError).message).toContain('bn1.bias');
    const short = { ...state, 'bn1.bias': { shape: [64], data: new Float32Array(63) } };
    expect(() => createBackbone('resnet18', { stages: [1], weights: short })).toThrow(
      'misshapen: bn1.bias (expected [64] but received [63])',
    );
    expect(tf.memory().numTensors).toBe(before);
  });

  test.each([
    ['resnet19', [1], /^Expected one of efficientnet_b0, .* but received resnet19$/],
    ['resnet18', [], 'Expected different stages from 1 to 4 for resnet18 but received []'],
    ['resnet18', [5], 'Expected different stages from 1 to 4 for resnet18 but received [5]'],
    ['resnet18', [1, 1], 'Expected different stages from 1 to 4 for resnet18 but received [1, 1]'],
    ['toString', [1], BackboneError],
  ])('refuses %s with stages %j', (name, stages, expected) => {
    expect(() => createBackbone(name, { stages, weights: state })).toThrow(expected);
  });

  test('refuses pictures of another shape and use after disposal, and keeps no tensor', () => {
    const backbone = createBackbone('resnet18', { stages: [1], weights: state });
    const grey = tf.ones([1, 8, 8, 1]) as tf.Tensor4D;
    const before = tf.memory().numTensors;
    expect(() => backbone.forward(grey)).toThrow(
      'Expected pictures of shape [batch, height, width, 3] but received [1, 8, 8, 1]',
    );
    expect(tf.memory().numTensors).toBe(before);
    backbone.dispose();
    backbone.dispose();
    expect(() => backbone.forward(grey)).toThrow(BackboneError);
    grey.dispose();
  });
});
