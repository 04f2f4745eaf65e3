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
    [{ decoderDesign: 'g' }, 'or "f" for decoderDesign but received "g"'],
    [{ method: 'magic' }, 'Expected reconstruction for method but received "magic"'],
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
    [JSON.parse('{"__proto__": {"hiddenDim": 2}}') as object, '__proto__'],
    [{ constructor: 1 }, 'constructor'],
  ])('refuses %j', (overrides, message) => {
    expect(() => resolveConfig(overrides as ConfigOverrides)).toThrow(ConfigError);
    expect(() => resolveConfig(overrides as ConfigOverrides)).toThrow(message);
  });
});
