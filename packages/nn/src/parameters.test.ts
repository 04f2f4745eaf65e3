import * as tf from '@tensorflow/tfjs';
import { onEveryBackend } from '../test/backends.js';
import { ArgumentError } from './errors.js';
import { constant, ones, zeros } from './initialisers.js';
import { Parameters } from './parameters.js';
import { StateDictError } from './state-dict.js';

onEveryBackend(() => {
  let parameters: Parameters;
  let before: number;

  beforeEach(() => {
    before = tf.memory().numTensors;
    parameters = new Parameters();
    parameters.scope('layers.0').create('weight', [2, 2], ones);
    parameters.create('bias', [3], zeros);
    parameters.scope('layers').scope('1').createBuffer('mean', [], constant(4));
  });
  afterEach(() => {
    parameters.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test('entries are the trainable ones in order of creation, relative to the scope', () => {
    expect(parameters.entries().map(([name]) => name)).toEqual(['layers.0.weight', 'bias']);
    expect(
      parameters
        .scope('layers')
        .entries()
        .map(([name]) => name),
    ).toEqual(['0.weight']);
    expect(parameters.scope('layer').entries()).toEqual([]);
  });

  test('a name is taken once', () => {
    expect(() => parameters.scope('layers').create('0.weight', [1], ones)).toThrow(ArgumentError);
    expect(() => parameters.createBuffer('bias', [1], ones)).toThrow('bias');
  });

  test('a state dict is a copy, and comes back', async () => {
    const state = await parameters.stateDict();
    expect(state).toEqual({
      'layers.0.weight': { shape: [2, 2], data: Float32Array.of(1, 1, 1, 1) },
      bias: { shape: [3], data: Float32Array.of(0, 0, 0) },
      'layers.1.mean': { shape: [], data: Float32Array.of(4) },
    });
    const loaded = { ...state, bias: { shape: [3], data: Float32Array.of(1, 2, 3) } };
    parameters.loadStateDict(loaded);
    loaded.bias.data.fill(9);
    expect((await parameters.stateDict()).bias!.data).toEqual(Float32Array.of(1, 2, 3));
    (await parameters.stateDict()).bias!.data.fill(9);
    expect((await parameters.stateDict()).bias!.data).toEqual(Float32Array.of(1, 2, 3));
    expect(state.bias!.data).toEqual(Float32Array.of(0, 0, 0));
  });

  test('a state dict needs no reading at once, which WebGPU outside of a browser cannot do', async () => {
    const atOnce = jest.spyOn(tf.Tensor.prototype, 'dataSync').mockImplementation(() => {
      throw new Error('values are read asynchronously here');
    });
    try {
      expect((await parameters.stateDict()).bias!.data).toEqual(Float32Array.of(0, 0, 0));
    } finally {
      atOnce.mockRestore();
    }
  });

  test('a state dict that does not fit changes nothing and is told in full', async () => {
    const state = await parameters.stateDict();
    const wrong = {
      'layers.0.weight': { shape: [4], data: new Float32Array(4) },
      bias: { shape: [3], data: new Float32Array(2) },
      other: { shape: [1], data: new Float32Array(1) },
      toString: { shape: [1], data: new Float32Array(1) },
    };
    const load = () => parameters.loadStateDict(wrong);
    expect(load).toThrow(StateDictError);
    expect(load).toThrow('layers.0.weight (expected [2, 2] but received [4])');
    try {
      load();
    } catch (error) {
      expect(error).toMatchObject({
        missing: ['layers.1.mean'],
        unexpected: ['other', 'toString'],
        misshapen: [
          { name: 'layers.0.weight', expected: [2, 2], received: [4] },
          { name: 'bias', expected: [3], received: [2] },
        ],
      });
    }
    expect(await parameters.stateDict()).toEqual(state);
  });

  test('a message names ten and counts the rest', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 25 }, (_, i) => [`extra${i}`, { shape: [1], data: new Float32Array(1) }]),
    );
    const state = { ...(await parameters.stateDict()), ...many };
    expect(() => parameters.loadStateDict(state)).toThrow('extra9 and 15 more');
  });

  test('a scope is freed alone, and its names with it', async () => {
    parameters.scope('layers').dispose();
    expect(tf.memory().numTensors).toBe(before + 1);
    expect(Object.keys(await parameters.stateDict())).toEqual(['bias']);
    expect(parameters.scope('layers.0').create('weight', [1], ones).shape).toEqual([1]);
  });
});
