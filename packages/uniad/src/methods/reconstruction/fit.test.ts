import * as tf from '@tensorflow/tfjs';
import { Generator } from '@uniad/nn';
import type { NamedTensor } from '@uniad/nn';
import { resolveConfig } from '../../config.js';
import { devices } from '../../../test/devices.js';
import { runEagerly } from '../../device/device.js';
import { selectDevice } from '../../device/select-device.js';
import { RunError } from '../../errors.js';
import type { FeatureSource } from '../../training/feature-source.js';
import type { FitHooks, TrainingState } from '../../training/gradient-descent.js';
import { resolveTraining } from '../../training/training-options.js';
import { createModel, fit } from '../methods.js';
import { knownPlaces, placeDistances } from '../places/place-distances.js';
import type { ReconstructionModel } from './reconstruction-model.js';

const config = resolveConfig({
  featureSize: [4, 4],
  imageSize: [16, 16],
  hiddenDim: 16,
  heads: 2,
  feedForwardDim: 32,
  encoderLayers: 1,
  decoderLayers: 1,
  neighborMask: { size: [3, 3] },
});
const CHANNELS = 6;
const SHAPE = [4, 4, CHANNELS] as const;

beforeAll(() => tf.setBackend('cpu'));

/** Pictures that share a pattern. */
function source(length = 5, channels = CHANNELS): FeatureSource {
  const pattern = new Generator(1).fillNormal(new Float32Array(16 * channels), 0, 1);
  return {
    length,
    shape: [4, 4, channels],
    read: async (index) => {
      const noise = new Generator(100 + index).fillNormal(new Float32Array(pattern.length), 0, 0.1);
      return noise.map((value, i) => value + pattern[i]!);
    },
  };
}

const newModel = () => createModel(config, CHANNELS, new Generator(3));

async function run(
  epochs: number,
  hooks: FitHooks = {},
): Promise<{ model: ReturnType<typeof newModel>; log: Awaited<ReturnType<typeof fit>> }> {
  const model = newModel();
  const training = resolveTraining({ epochs, batchSize: 2, learningRate: 3e-3 });
  return { model, log: await fit(model, source(), training, runEagerly, hooks) };
}

describe('fit', () => {
  test('learns', async () => {
    const { model, log } = await run(30);
    expect(log).toHaveLength(30);
    expect(log.at(-1)!.loss).toBeLessThan(0.5 * log[0]!.loss);
    expect(log.map(({ learningRate }) => learningRate)).toEqual([
      ...Array<number>(24).fill(3e-3),
      ...Array<number>(6).fill(expect.closeTo(3e-4)),
    ]);
    model.dispose();
  });

  test.each(['uniad', 'mlp'] as const)(
    'whitens where the configuration says so, without being told twice: %s',
    async (name) => {
      const reconstruction = name === 'mlp' ? 'mlp' : 'transformer';
      const whitening = { ...config, reconstruction, whiten: true, distance: 'mahalanobis' } as const;
      const model = createModel(whitening, CHANNELS, new Generator(3));
      const before = await model.parameters.stateDict();
      await fit(model, source(), resolveTraining({ epochs: 1, batchSize: 2 }), runEagerly);
      const after = await model.parameters.stateDict();
      for (const measured of ['feature_whitening.weight', 'residual_whitening.weight']) {
        expect(after[measured]!.data).not.toEqual(before[measured]!.data);
      }
      model.dispose();
    },
  );

  test('remembers tokens where the configuration says so, and a resumed training remembers the same', async () => {
    const remembering = { ...config, whiten: true, memory: { ratio: 0.5, epsilon: 0.9, whitened: true } } as const;
    const training = resolveTraining({ epochs: 2, batchSize: 2 });
    const train = async (hooks: FitHooks = {}) => {
      const model = createModel(remembering, CHANNELS, new Generator(3));
      await fit(model, source(), training, runEagerly, hooks);
      return model;
    };
    let saved: TrainingState | undefined;
    const onEpoch: FitHooks['onEpoch'] = async ({ epoch }, state) => {
      if (epoch === 1) saved = await state();
    };
    const model = await train({ onEpoch });
    const state = await model.parameters.stateDict();
    expect(state['memory.bank']!.shape).toEqual([1, 40, CHANNELS]);
    const resumed = await train({ resume: saved });
    expect(await resumed.parameters.stateDict()).toEqual(state);

    // The geometric mean of both distances, in which the memory's counts twice, the nearest token found one by one.
    const alone = createModel({ ...remembering, memory: null }, CHANNELS, new Generator(3)) as ReconstructionModel;
    const { 'memory.bank': bank, ...others } = state;
    alone.loadStateDict(others);
    const features = tf.tensor4d(await source().read(50), [1, ...SHAPE]);
    const prepared = await alone.prepare(features).data();
    const nearest = Array.from({ length: 16 }, (_, token) => {
      const distances = Array.from({ length: 40 }, (_, patch) => {
        const squares = Array.from({ length: CHANNELS }, (_, i) => {
          return (prepared[token * CHANNELS + i]! - bank!.data[patch * CHANNELS + i]!) ** 2;
        });
        return Math.sqrt(squares.reduce((sum, square) => sum + square, 0));
      });
      return Math.min(...distances);
    });
    const reconstructed = await alone.distance(features).data();
    const expected = nearest.map((distance, token) => Math.cbrt(distance ** 2 * reconstructed[token]!));
    const received = Array.from(await model.distance(features).data());
    expected.forEach((distance, token) => expect(received[token]).toBeCloseTo(distance, 2));
    expect(Math.max(...expected)).toBeGreaterThan(0.1);
  });

  test('knows places where the configuration says so, and a resumed training knows the same', async () => {
    const knowing = {
      ...config,
      whiten: true,
      memory: { ratio: 0.5, epsilon: 0.9, whitened: true },
      places: { rank: 2 },
    } as const;
    const kinds = ['a', 'b', 'a', 'b', 'b'];
    const train = async (hooks: FitHooks = {}) => {
      const model = createModel(knowing, CHANNELS, new Generator(3));
      await fit(model, { ...source(), kinds }, resolveTraining({ epochs: 2, batchSize: 2 }), runEagerly, hooks);
      return model;
    };
    let saved: TrainingState | undefined;
    const onEpoch: FitHooks['onEpoch'] = async ({ epoch }, state) => {
      if (epoch === 1) saved = await state();
    };
    const model = (await train({ onEpoch })) as ReconstructionModel;
    const state = await model.parameters.stateDict();
    expect(state['places.basis']!.shape).toEqual([2, 16, CHANNELS, 2]);
    expect(await (await train({ resume: saved })).parameters.stateDict()).toEqual(state);

    // The third distance goes into the mean of the other two (three, with the memory's twice), of which the memory's is that of the fitting kind alone.
    const without = createModel({ ...knowing, places: null }, CHANNELS, new Generator(3));
    const others = Object.entries(state).filter(([name]) => !name.startsWith('places.'));
    const { shape, data } = state['memory.bank']!;
    expect(shape).toEqual([2, 20, CHANNELS]);
    const pictures = await Promise.all([0, 1, 50].map((picture) => source().read(picture)));
    const features = tf.tensor4d(pictures.flatMap((picture) => [...picture]), [3, ...SHAPE]); // prettier-ignore
    const tokens = tf.reshape(model.prepare(features), [3, 16, CHANNELS]) as tf.Tensor3D;
    const { distance, kind } = placeDistances(tokens, knownPlaces(model.places!));
    const away = distance.dataSync();
    const three = model.distance(features).dataSync();
    expect(Array.from(kind.dataSync().slice(0, 2))).toEqual([0, 1]);
    for (const [picture, found] of kind.dataSync().entries()) {
      const bank = { shape: [1, 20, CHANNELS], data: data.slice(found * 20 * CHANNELS, (found + 1) * 20 * CHANNELS) };
      without.loadStateDict({ ...Object.fromEntries(others), 'memory.bank': bank });
      const two = without.distance(features).dataSync();
      for (let token = 16 * picture; token < 16 * (picture + 1); token++) {
        expect(three[token]).toBeCloseTo((two[token]! ** 3 * away[token]!) ** (1 / 4), 4);
      }
    }
    expect(Math.max(...three)).toBeGreaterThan(0.1);
    expect(() => model.loadStateDict(Object.fromEntries(others))).toThrow('spread');
  });

  test.each([true, false])(
    'what two backbones see is remembered and looked for apart, that of the first whitened: %s',
    async (whitened) => {
      const [own, second] = [CHANNELS, 16];
      const channels = own + second;
      const beside = { name: 'uniad_tiny', stages: [1], patchSize: 1 };
      const memory = { ratio: 0.5, epsilon: 0.9, whitened };
      const remembering = { ...config, whiten: true, beside, memory } as const;
      const model = createModel(remembering, channels, new Generator(3)) as ReconstructionModel;
      await fit(model, source(5, channels), resolveTraining({ epochs: 1, batchSize: 2 }), runEagerly);
      const { 'memory.bank': first, 'memory.beside_bank': besideBank, ...others } = await model.parameters.stateDict();
      expect([first!.shape, besideBank!.shape]).toEqual([[1, 40, own], [1, 40, second]]); // prettier-ignore
      const alone = createModel({ ...remembering, memory: null }, channels, new Generator(3)) as ReconstructionModel;
      alone.loadStateDict(others);

      const features = tf.tensor4d(await source(1, channels).read(50), [1, 4, 4, channels]);
      const [raw, prepared] = await Promise.all([features.data(), alone.prepare(features).data()]);
      const nearest = (values: ArrayLike<number>, token: number, from: number, bank: NamedTensor) => {
        const size = bank.shape[2]!;
        const squares = Array.from({ length: 40 }, (_, patch) => {
          let sum = 0;
          for (let i = 0; i < size; i++) {
            sum += (values[token * channels + from + i]! - bank.data[patch * size + i]!) ** 2;
          }
          return sum;
        });
        return Math.sqrt(Math.min(...squares));
      };
      const reconstructed = await alone.distance(features).data();
      const received = await model.distance(features).data();
      for (let token = 0; token < 16; token++) {
        const ofFirst = nearest(whitened ? prepared : raw, token, 0, first!);
        const product = ofFirst * nearest(prepared, token, own, besideBank!) * reconstructed[token]!;
        expect(received[token]).toBeCloseTo(Math.cbrt(product), 2);
      }
      // Neither backbone's channels turn up in the other's.
      const moved = tf.add(features, tf.tensor1d([...Array<number>(own).fill(0), ...Array<number>(second).fill(1)]));
      const after = await alone.prepare(moved as tf.Tensor4D).data();
      for (let i = 0; i < own; i++) expect(after[i]).toBeCloseTo(prepared[i]!, 4);
      expect(Math.abs(after[own]! - prepared[own]!)).toBeGreaterThan(0.01);
      // What is remembered is what was seen: each row of the first bank is a token of a picture.
      const seen = await Promise.all(Array.from({ length: 5 }, (_, picture) => source(5, channels).read(picture)));
      const tokens = tf.tensor2d(seen.flatMap((picture) => [...picture]), [5 * 16, channels]); // prettier-ignore
      const [kept] = model.asRemembered(tokens, whitened).map((part) => part.arraySync() as number[][]);
      const [row] = [Array.from(first!.data.slice(0, own))];
      const closest = Math.min(
        ...kept!.map((token) => Math.max(...token.map((value, i) => Math.abs(value - row[i]!)))),
      );
      expect(closest).toBeLessThan(1e-4);
    },
  );

  test('the same seed gives the same numbers, another seed others', async () => {
    const losses = async (seed: number) =>
      (await fit(newModel(), source(), resolveTraining({ epochs: 2, batchSize: 2, seed }), runEagerly)).map(
        ({ loss }) => loss,
      );
    expect(await losses(4)).toEqual(await losses(4));
    expect(await losses(4)).not.toEqual(await losses(5));
  });

  test('stopped after k epochs and resumed, it ends exactly as without the stop', async () => {
    const straight = await run(5);
    let saved: TrainingState | undefined;
    const abort = new AbortController();
    const stopped = run(5, {
      signal: abort.signal,
      onEpoch: async ({ epoch }, state) => {
        if (epoch === 2) saved = await state();
      },
      onStep: ({ epoch, batch }) => {
        if (epoch === 3 && batch === 2) abort.abort(); // In the middle of an epoch.
      },
    });
    await expect(stopped).rejects.toThrow('aborted');
    const resumed = await run(5, { resume: saved });
    expect(await resumed.model.parameters.stateDict()).toEqual(await straight.model.parameters.stateDict());
    expect(resumed.log.map(({ loss }) => loss)).toEqual(straight.log.map(({ loss }) => loss));
  });

  test('a loss that is no number ends it, with the rate named', async () => {
    const broken: FeatureSource = {
      length: 2,
      shape: SHAPE,
      read: async () => new Float32Array(16 * CHANNELS).fill(NaN),
    };
    const training = resolveTraining({ epochs: 1, learningRate: 0.5 });
    await expect(fit(newModel(), broken, training, runEagerly)).rejects.toThrow(RunError);
    await expect(fit(newModel(), broken, training, runEagerly)).rejects.toThrow('learning rate than 0.5');
  });

  test.each(devices)('on %s, 50 steps leave no tensor behind, and neither does an error', async (name) => {
    const { compile } = await selectDevice(name);
    const model = newModel();
    const before = tf.memory().numTensors;
    await fit(model, source(10), resolveTraining({ epochs: 10, batchSize: 2 }), compile);
    expect(tf.memory().numTensors).toBe(before);
    const failing: FeatureSource = { length: 4, shape: SHAPE, read: () => Promise.reject(new Error('no file')) };
    await expect(fit(model, failing, resolveTraining({ epochs: 1 }), compile)).rejects.toThrow('no file');
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
  });
});
