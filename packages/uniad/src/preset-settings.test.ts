import { configOf } from './preset-settings.js';
import { presets } from './presets.js';

describe('configOf', () => {
  test('without another backbone it is as the preset says', () => {
    const { backbone, neck } = configOf(presets.fast);
    expect(backbone).toEqual({ name: 'uniad_tiny', stages: [3, 4], frozen: true });
    expect(neck).toEqual({ resize: 'average', patchSize: 1 });
    expect(configOf(presets.fast, { backbone: { name: 'uniad_tiny' } }).neck).toEqual(neck);
  });

  test('another backbone gives the stages of the same strides, and what the preset says of others', () => {
    const { backbone, neck } = configOf(presets.fast, { backbone: { name: 'resnet18' } });
    expect(backbone.stages).toEqual([2, 3]);
    expect(neck).toEqual({ resize: 'average', patchSize: 3 });
  });

  test('thorough puts the backbone in the box beside another', () => {
    const configured = (name: string) => configOf(presets.thorough, { backbone: { name } });
    const beside = { name: 'uniad_tiny', stages: [3, 4], patchSize: 1 };
    expect(configured('resnet18')).toMatchObject({ beside, neck: { patchSize: 3 } });
    const itself = { ...beside, patchSize: 3 };
    expect(configured('uniad_tiny')).toMatchObject({
      beside: itself,
      neck: { patchSize: 1 },
      memory: { whitened: true },
      patches: { size: 3, whitened: true },
    });
    expect(configured('resnet18')).toMatchObject({
      memory: { ratio: 0.1, whitened: false },
      patches: { ratio: 0.1, size: 3, whitened: false },
    });
    expect(configOf(presets.fast, { backbone: { name: 'resnet18' } })).toMatchObject({ beside: null });
  });

  test('what is asked for is in place of both', () => {
    const asked = { backbone: { name: 'resnet18', stages: [1] }, neck: { patchSize: 5 } } as const;
    const { backbone, neck } = configOf(presets.fast, asked);
    expect(backbone.stages).toEqual([1]);
    expect(neck).toEqual({ resize: 'average', patchSize: 5 });
  });

  test('of a preset that names no stages, those up to stride 16', () => {
    expect(configOf(presets.paper, { backbone: { name: 'resnet18' } }).backbone.stages).toEqual([1, 2, 3]);
  });
});
