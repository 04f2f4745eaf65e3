import { ConfigError } from '../errors.js';
import { defaultTraining, resolveTraining } from './training-options.js';

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
