import { defaultConfig, resolveConfig } from './config.js';
import type { ConfigOverrides } from './config.js';
import { ConfigError } from './errors.js';

describe('resolveConfig', () => {
  test("without overrides it is the paper's", () => {
    expect(resolveConfig()).toEqual(defaultConfig);
  });

  test('overrides merge into groups', () => {
    const config = resolveConfig({
      hiddenDim: 128,
      jitter: { scale: 10 },
      neighborMask: { size: [5, 5] },
      backbone: { name: 'resnet18' },
    });
    expect(config.hiddenDim).toBe(128);
    expect(config.jitter).toEqual({ scale: 10, probability: 1 });
    expect(config.neighborMask).toEqual({ ...defaultConfig.neighborMask, size: [5, 5] });
    expect(config.backbone).toEqual({ name: 'resnet18', stages: [1, 2, 3], frozen: true });
  });

  test('a backbone that is named without stages gives all up to stride 16', () => {
    expect(resolveConfig({ backbone: { name: 'resnet18' } }).backbone.stages).toEqual([1, 2, 3]);
    expect(resolveConfig({ backbone: { name: 'tf_efficientnetv2_b0' } }).backbone.stages).toEqual([1, 2, 3, 4]);
  });

  test.each([
    ['patchcore', [2, 3]],
    ['padim', [1, 2, 3]],
    ['nearest', [2, 3]],
    ['mkd', [1, 2, 3]],
    ['draem', [1, 2, 3]],
    ['cutpaste', [3]],
  ] as const)('of the method %s, those of its strides', (method, stages) => {
    const config = resolveConfig({ method, backbone: { name: 'resnet34' } } as ConfigOverrides);
    expect(config.backbone).toEqual({ name: 'resnet34', stages, frozen: method !== 'cutpaste' });
  });

  test('full attention is null', () => {
    expect(resolveConfig({ neighborMask: null }).neighborMask).toBeNull();
  });

  test.each<[object, string]>([
    [{ hiddenDim: 255 }, 'Expected an even number for hiddenDim but received 255'],
    [{ hiddenDim: 100, heads: 8 }, 'Expected hiddenDim to be a multiple of heads (8) but received 100'],
    [{ hidenDim: 256 }, 'received "hidenDim"'],
    [{ jitter: { scal: 1 } }, 'in jitter but received "scal"'],
    [{ jitter: { probability: 1.5 } }, 'Expected a number from 0 to 1 for jitter.probability but received 1.5'],
    [
      { neighborMask: { size: [6, 7] } },
      'Expected two odd numbers, height and width for neighborMask.size but received [6,7]',
    ],
    [{ beside: { name: 'resnet19', stages: [1], patchSize: 1 } }, 'for beside.name but received "resnet19"'],
    [
      { beside: { name: 'resnet18', stages: [5], patchSize: 1 } },
      'Expected stages from 1 to 4 of resnet18 for beside.stages but received 5',
    ],
    [{ beside: { name: 'resnet18', stages: [1] } }, 'Expected a value for beside.patchSize but received undefined'],
    [
      { beside: { name: 'resnet18', stages: [1], patchSize: 1 }, backbone: { frozen: false } },
      'Expected beside to be null with a backbone that is trained',
    ],
    [{ decoderDesign: 'g' }, 'or "f" for decoderDesign but received "g"'],
    [
      { method: 'magic' },
      'Expected reconstruction or patchcore or padim or nearest or mkd or draem or cutpaste for method but received "magic"',
    ],
    [{ backbone: { name: 'alexnet' } }, 'alexnet'],
    [
      { backbone: { name: 'resnet18', stages: [3, 5] } },
      'Expected stages from 1 to 4 of resnet18 for backbone.stages but received 5',
    ],
    [
      { neighborMask: { size: [5, 5] }, featureSize: [3, 3] },
      'leaves every token of 3x3 something to see but received 5x5',
    ],
    [{ imageSize: [8, 8] }, 'at least 16x16'],
    [{ backbone: { stages: [2, 1] } }, 'stages in rising order'],
    [{ jitter: null }, 'Expected an object for jitter'],
    [{ dropout: 1 }, 'from 0 to below 1'],
    [{ neck: { resize: 'nearest' } }, 'Expected "aligned" or "average" for neck.resize but received "nearest"'],
    [{ neck: { patchSize: 2 } }, 'Expected an odd number for neck.patchSize but received 2'],
    [{ smoothing: -1 }, 'Expected a number of at least 0 for smoothing but received -1'],
    [
      { smoothing: 4, imageSize: [32, 16] },
      'more than 16 pixels a side, which a smoothing of 4 reaches, but received 32x16',
    ],
    [{ imageScore: 'reweighted' }, 'or "max-pixel" for imageScore but received "reweighted"'],
    [{ method: 'patchcore', hiddenDim: 8 }, 'received "hiddenDim"'],
    [{ method: 'patchcore', coreset: { ratio: 0 } }, 'above 0 and up to 1 for coreset.ratio but received 0'],
    [{ method: 'patchcore', coreset: { epsilon: 1 } }, 'above 0 and below 1 for coreset.epsilon but received 1'],
    [{ method: 'patchcore', neighbors: 1 }, 'at least 2 for neighbors but received 1'],
    [
      { method: 'padim', channels: 449 },
      "at most the 448 channels of resnet18's stages 1, 2, 3 for channels but received 449",
    ],
    [{ method: 'padim', regularization: 0 }, 'a number above 0 for regularization but received 0'],
    ...['patchcore', 'padim', 'nearest'].map((method): [object, string] => [
      { method, backbone: { frozen: false } },
      `Expected true for backbone.frozen by the method ${method}, which trains nothing, but received false`,
    ]),
    [
      { method: 'mkd', backbone: { frozen: false } },
      'Expected true for backbone.frozen by the method mkd, whose teacher it is, but received false',
    ],
    [
      { method: 'draem', backbone: { frozen: false } },
      'by the method draem, which learns from pictures alone, but received false',
    ],
    [{ method: 'draem', widths: { reconstructive: 0 } }, 'at least 1 for widths.reconstructive but received 0'],
    [
      { method: 'draem', imageSize: [224, 240] },
      'Expected multiples of 32 for imageSize by the method draem but received 224x240',
    ],
    [
      { method: 'cutpaste', backbone: { frozen: true } },
      'Expected false for backbone.frozen by the method cutpaste, which learns nothing else, but received true',
    ],
    [{ method: 'cutpaste', head: { width: 0 } }, 'at least 1 for head.width but received 0'],
    [{ method: 'mkd', student: { width: 0 } }, 'at least 1 for student.width but received 0'],
    [{ method: 'mkd', student: { layers: 1.5 } }, 'at least 1 for student.layers but received 1.5'],
    [{ method: 'mkd', student: { depth: 2 } }, 'in student but received "depth"'],
    [JSON.parse('{"__proto__": {"hiddenDim": 2}}') as object, '__proto__'],
    [{ constructor: 1 }, 'constructor'],
  ])('refuses %j', (overrides, message) => {
    expect(() => resolveConfig(overrides as ConfigOverrides)).toThrow(ConfigError);
    expect(() => resolveConfig(overrides as ConfigOverrides)).toThrow(message);
  });
});
