import * as tf from '@tensorflow/tfjs';
import { randomWeights } from '@uniad/backbones';
import { IMAGENET_DEVIATION, IMAGENET_MEAN } from '@uniad/datasets';
import { Generator, StateDictError } from '@uniad/nn';
import { resolveConfig } from '../config.js';
import type { ModelConfig } from '../config.js';
import { runEagerly } from '../device/device.js';
import { selectDevice } from '../device/select-device.js';
import { RunError } from '../errors.js';
import { Detector } from '../pipeline/detector.js';
import { decodeModel, encodeModel } from '../pipeline/model-files.js';
import type { TrainedModel } from '../pipeline/model-files.js';
import type { FeatureSource } from '../training/feature-source.js';
import { resolveTraining } from '../training/training-options.js';
import type { AnomalyModel } from './method.js';
import { createModel, fit } from './methods.js';

const small = {
  backbone: { name: 'uniad_tiny', stages: [2, 3, 4] },
  imageSize: [32, 32],
  featureSize: [4, 4],
} as const;
const CHANNELS = 32 + 48 + 112;
const SHAPE = [4, 4, CHANNELS] as const;

/** Methods without training. */
const configs: Readonly<Record<string, ModelConfig>> = {
  patchcore: resolveConfig({ method: 'patchcore', ...small, smoothing: 2, coreset: { ratio: 0.5 }, neighbors: 3 }),
  'patchcore, projected': resolveConfig({ method: 'patchcore', ...small, smoothing: 2, coreset: { epsilon: 0.99 } }),
  padim: resolveConfig({ method: 'padim', ...small, smoothing: 2, channels: 20 }),
  nearest: resolveConfig({ method: 'nearest', ...small }),
  'nearest, not whitened': resolveConfig({ method: 'nearest', ...small, whiten: false }),
};
const names = Object.keys(configs);

/** A pattern of its own at each place, and what pictures differ in. */
function picture(seed: number): Float32Array {
  const pattern = new Generator(1).fillNormal(new Float32Array(16 * CHANNELS), 0, 1);
  const noise = new Generator(seed).fillNormal(new Float32Array(16 * CHANNELS), 0, 0.3);
  return pattern.map((value, i) => value + noise[i]!);
}

const source: FeatureSource = { length: 11, shape: SHAPE, read: async (index) => picture(100 + index) };
const features = (...pictures: Float32Array[]) =>
  tf.tensor4d(Float32Array.from(pictures.flatMap((values) => Array.from(values))), [pictures.length, ...SHAPE]);

/** One comparison: millions of expectations take minutes. */
function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a).toHaveLength(b.length);
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
  return largest;
}

async function fitted(name: string, seed = 0): Promise<AnomalyModel> {
  const model = createModel(configs[name]!, CHANNELS, new Generator(0));
  expect(await fit(model, source, resolveTraining({ seed }), runEagerly)).toEqual([]);
  return model;
}

describe.each(names)('%s', (name) => {
  beforeAll(() => tf.setBackend('cpu'));

  test('what is like nothing seen is far from normal, and only there', async () => {
    const model = await fitted(name);
    const broken = picture(50);
    broken.fill(3, 6 * CHANNELS, 7 * CHANNELS); // Row 1, column 2.
    const [whole, bad] = tf.unstack(model.distance(features(picture(50), broken)));
    const [before, after] = [whole!.dataSync(), bad!.dataSync()];
    before.forEach((value, place) => {
      if (place === 6) expect(after[place]).toBeGreaterThan(1.5 * Math.max(...before));
      else expect(after[place]).toBeCloseTo(value, 4);
    });
    model.dispose();
  });

  test('the same seed gives the same statistics', async () => {
    const [first, second] = [await fitted(name), await fitted(name)];
    expect(await second.parameters.stateDict()).toEqual(await first.parameters.stateDict());
    first.dispose();
    second.dispose();
  });

  test('reports how far it has come, and stops when asked', async () => {
    const progress: { done: number; total: number }[] = [];
    const model = createModel(configs[name]!, CHANNELS, new Generator(0));
    await fit(model, source, resolveTraining(), runEagerly, { onProgress: (now) => progress.push(now) });
    expect(progress.at(-1)!.done).toBe(progress.at(-1)!.total);
    expect(progress.map(({ done }) => done)).toEqual(progress.map(({ done }) => done).sort((a, b) => a - b));
    const before = tf.memory().numTensors;
    const stop = new AbortController();
    let read = 0;
    const watched = { ...source, read: (index: number) => (++read === 1 && stop.abort(), source.read(index)) };
    const stopped = fit(model, watched, resolveTraining(), runEagerly, { signal: stop.signal });
    await expect(stopped).rejects.toThrow('aborted');
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
  });

  test('says that it was not fitted, and takes no state of another model', async () => {
    const empty = createModel(configs[name]!, CHANNELS, new Generator(0));
    expect(() => empty.distance(features(picture(1)))).toThrow(RunError);
    const model = await fitted(name);
    const state = await model.parameters.stateDict();
    for (const key of Object.keys(state)) {
      const { [key]: tensor, ...others } = state;
      expect(() => model.loadStateDict(others)).toThrow(`missing: ${key}`);
      const [first, ...rest] = tensor!.shape;
      const wider = {
        shape: [first!, ...rest.slice(0, -1), CHANNELS + 1],
        data: new Float32Array(first! * (CHANNELS + 1)),
      };
      expect(() => model.loadStateDict({ ...state, [key]: wider })).toThrow(StateDictError);
      expect(() => model.loadStateDict({ ...state, [key]: { shape: [], data: new Float32Array(1) } })).toThrow(key);
    }
    expect(() => model.loadStateDict({ ...state, strange: { shape: [1], data: Float32Array.of(1) } })).toThrow(
      'strange',
    );
    expect(() => model.loadStateDict({})).toThrow(StateDictError);
    expect(await model.parameters.stateDict()).toEqual(state);
    empty.dispose();
    model.dispose();
  });

  test('leaves no tensor behind', async () => {
    const before = tf.memory().numTensors;
    const model = await fitted(name);
    const kept = tf.memory().numTensors;
    await fit(model, source, resolveTraining(), runEagerly);
    expect(tf.memory().numTensors).toBe(kept);
    const failing: FeatureSource = { ...source, read: () => Promise.reject(new Error('no file')) };
    await expect(fit(model, failing, resolveTraining(), runEagerly)).rejects.toThrow('no file');
    expect(tf.memory().numTensors).toBe(kept);
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe.each(['wasm', 'onnxruntime'] as const)('on %s', (device) => {
  const backbone = randomWeights('uniad_tiny', new Generator(1));

  test.each(names)('%s inspects as on the processor, from files', async (name) => {
    await selectDevice('cpu');
    const network = await fitted(name);
    const model: TrainedModel = {
      config: configs[name]!,
      id: 'test',
      categories: ['part'],
      input: { mean: IMAGENET_MEAN, deviation: IMAGENET_DEVIATION },
      threshold: { score: 3, source: 'a test', mapRange: [1, 5] },
      kinds: [],
      parameters: await network.parameters.stateDict(),
      backbone,
    };
    network.dispose();
    const read = decodeModel(encodeModel(model));
    expect({ ...read, backbone: {} }).toEqual({ ...model, backbone: {} });
    const pictures = [picture(50), picture(51), picture(52)];
    const slow = new Detector(model);
    const expected = await slow.inspectFeatures(pictures);
    slow.dispose();
    const { compile } = await selectDevice(device);
    for (const run of [compile, runEagerly]) {
      const before = tf.memory().numTensors;
      const detector = new Detector(read, run);
      const inspections = await detector.inspectFeatures(pictures);
      inspections.forEach(({ score, map }, i) => {
        expect(score / expected[i]!.score).toBeCloseTo(1, 4);
        expect(largestDifference(map, expected[i]!.map)).toBeLessThan(1e-3);
      });
      detector.dispose();
      expect(tf.memory().numTensors).toBe(before);
    }
    const refitted = createModel(configs[name]!, CHANNELS, new Generator(0));
    await fit(refitted, source, resolveTraining(), compile);
    for (const [key, { data }] of Object.entries(await refitted.parameters.stateDict())) {
      expect(largestDifference(data, model.parameters[key]!.data)).toBeLessThan(1e-3);
    }
    refitted.dispose();
  });
});

test('another seed draws other channels', async () => {
  await selectDevice('cpu');
  const [first, second] = [await fitted('padim', 1), await fitted('padim', 2)];
  const channels = async (model: AnomalyModel) => Array.from((await model.parameters.stateDict()).channels!.data);
  const both = [await channels(first), await channels(second)];
  expect(both[0]).not.toEqual(both[1]);
  for (const drawn of both) {
    expect(new Set(drawn).size).toBe(20);
    expect(drawn.every((channel) => Number.isInteger(channel) && channel >= 0 && channel < CHANNELS)).toBe(true);
  }
  const state = await first.parameters.stateDict();
  const foreign = {
    shape: [20],
    data: Float32Array.from(state.channels!.data, (channel, i) => (i > 0 ? channel : CHANNELS)),
  };
  expect(() => first.loadStateDict({ ...state, channels: foreign })).toThrow(
    `0 to ${CHANNELS - 1} in the state but received ${CHANNELS}`,
  );
  first.dispose();
  second.dispose();
});

test('a bank that could not be read back is refused before any picture is read', async () => {
  const endless: FeatureSource = { length: 200_000, shape: SHAPE, read: () => Promise.reject(new Error('read')) };
  const model = createModel(configs.nearest!, CHANNELS, new Generator(0));
  await expect(fit(model, endless, resolveTraining(), runEagerly)).rejects.toThrow(
    'less than 2 GiB but 3200000 tokens of 192 channels need more: take fewer pictures',
  );
});
