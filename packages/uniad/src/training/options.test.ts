import { ConfigError } from '../errors.js';
import { defaultTraining, resolveTraining } from './options.js';
import { holdOut } from './hold-out.js';

describe('resolveTraining', () => {
  test('keeps the defaults', () => {
    expect(resolveTraining({ epochs: 3 })).toEqual({ ...defaultTraining, epochs: 3 });
  });

  test.each<[object, string]>([
    [{ epochs: 0 }, 'Expected a whole number of at least 1 for epochs but received 0'],
    [{ batchSize: 2.5 }, 'batchSize but received 2.5'],
    [{ schedule: 'linear' }, 'Expected "step" or "cosine" for schedule but received "linear"'],
    [{ warmUp: 1 }, 'Expected a number from 0 to below 1 for warmUp but received 1'],
    [{ clipNorm: -1 }, 'Expected a number of at least 0 for clipNorm but received -1'],
    [{ learningRate: NaN }, 'learningRate but received NaN'],
    [{ epoch: 1 }, 'received "epoch"'],
  ])('refuses %j', (options, message) => {
    expect(() => resolveTraining(options)).toThrow(ConfigError);
    expect(() => resolveTraining(options)).toThrow(message);
  });
});

describe('holdOut', () => {
  const good = Array.from({ length: 25 }, (_, i) => i);

  test('every tenth picture, when nothing is said', () => {
    expect(holdOut(good).heldOut).toEqual([9, 19]);
    expect(holdOut(good).train).toHaveLength(23);
  });

  test('what is beyond the first so many', () => {
    expect(holdOut(good, 20)).toEqual({ train: good.slice(0, 20), heldOut: good.slice(20) });
    expect(holdOut(good, 90)).toEqual({ train: good, heldOut: [] });
  });
});
