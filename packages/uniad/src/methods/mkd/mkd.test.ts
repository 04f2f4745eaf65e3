import * as tf from '@tensorflow/tfjs';
import { createBackbone, randomWeights } from '@uniad/backbones';
import { Generator, StateDictError } from '@uniad/nn';
import { devices } from '../../../test/devices.js';
import { resolveConfig } from '../../config.js';
import { runEagerly } from '../../device/device.js';
import type { Compile } from '../../device/device.js';
import { selectDevice } from '../../device/select-device.js';
import { RunError } from '../../errors.js';
import { Detector } from '../../pipeline/detector.js';
import { decodeModel, encodeModel } from '../../pipeline/model-files.js';
import type { TrainedModel } from '../../pipeline/model-files.js';
import type { PictureSource } from '../../training/feature-source.js';
import type { FitHooks, TrainingState } from '../../training/gradient-descent.js';
import { resolveTraining } from '../../training/training-options.js';
import { discrepancies, mkd, MkdModel } from './mkd.js';

const SIDE = 32;
const config = resolveConfig({
  method: 'mkd',
  backbone: { name: 'uniad_tiny', stages: [1, 2, 3] },
  imageSize: [SIDE, SIDE],
  featureSize: [8, 8],
  smoothing: 0,
  student: { width: 6, layers: 1 },
});
const CHANNELS = 16 + 32 + 48;
const weights = randomWeights('uniad_tiny', new Generator(1));

/** Good pictures are waves of any phase and some noise; a defect is a square of noise. */
function picture(seed: number, defect = false): Float32Array {
  const generator = new Generator(seed);
  const [phase] = generator.fillUniform(new Float32Array(1), 0, 2 * Math.PI);
  const noise = generator.fillNormal(new Float32Array(SIDE * SIDE * 3), 0, 1);
  return noise.map((value, i) => {
    const [row, column] = [Math.floor(i / (3 * SIDE)), Math.floor(i / 3) % SIDE];
    const within = defect && row >= 8 && row < 16 && column >= 16 && column < 24;
    return within ? 2 * value : Math.sin(phase! + row / 2 + (i % 3)) + 0.05 * value;
  });
}

const batchOf = (...pictures: Float32Array[]) =>
  tf.tensor4d(Float32Array.from(pictures.flatMap((values) => Array.from(values))), [pictures.length, SIDE, SIDE, 3]);

/** The teacher belongs to a device: made on the one at work. */
function withTeacher(): { source: PictureSource; dispose: () => void } {
  const teacher = createBackbone('uniad_tiny', { stages: config.backbone.stages, weights });
  const source = {
    length: 8,
    shape: [SIDE, SIDE, 3] as const,
    read: async (index: number) => picture(index),
    maps: (images: tf.Tensor4D) => teacher.forward(images),
  };
  return { source, dispose: () => teacher.dispose() };
}

const newModel = () => new MkdModel(config, CHANNELS, new Generator(3));

async function fitted(epochs: number, compile: Compile, hooks: FitHooks = {}): Promise<MkdModel> {
  const { source, dispose } = withTeacher();
  const model = newModel();
  const training = resolveTraining({ epochs, batchSize: 4, learningRate: 1e-2, schedule: 'cosine', clipNorm: 1 });
  try {
    await mkd.fit(model, source, training, compile, hooks);
  } finally {
    dispose();
  }
  return model;
}

const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

/** Equations 2 and 3 once more, number by number, for one picture. */
function slowLosses(student: ArrayLike<number>, teacher: ArrayLike<number>): { value: number; direction: number } {
  let [squares, product, ofStudent, ofTeacher] = [0, 0, 0, 0];
  for (let i = 0; i < student.length; i++) {
    squares += (student[i]! - teacher[i]!) ** 2;
    product += student[i]! * teacher[i]!;
    ofStudent += student[i]! ** 2;
    ofTeacher += teacher[i]! ** 2;
  }
  return { value: squares / student.length, direction: 1 - product / Math.sqrt(ofStudent * ofTeacher) };
}

describe('the losses', () => {
  beforeAll(() => tf.setBackend('cpu'));

  test('agree with a second implementation, and have the shares of single places', () => {
    const shape: [number, number, number, number] = [2, 3, 4, 5];
    const values = (seed: number) => new Generator(seed).fillNormal(new Float32Array(120), 0.5, 1);
    const [student, teacher] = [values(1), values(2)];
    const { value, direction } = discrepancies(tf.tensor4d(student, shape), tf.tensor4d(teacher, shape));
    expect([value.shape, direction.shape]).toEqual([[2, 3, 4], [2, 3, 4]]); // prettier-ignore
    for (const picture of [0, 1]) {
      const part = (all: ArrayLike<number>, size: number) =>
        Array.from(all).slice(picture * size, (picture + 1) * size);
      const slow = slowLosses(part(student, 60), part(teacher, 60));
      expect(mean(part(value.dataSync(), 12))).toBeCloseTo(slow.value, 5);
      expect(mean(part(direction.dataSync(), 12))).toBeCloseTo(slow.direction, 5);
    }
    // Where the directions of the maps are the same but for one place, that place has all of it.
    const turned = tf.tidy(() => {
      const ones = tf.ones<tf.Rank.R4>([1, 2, 2, 2]);
      const away = tf.tensor4d([1, 1, 1, 1, 1, -1, 1, 1], [1, 2, 2, 2]);
      return discrepancies(away, ones).direction.dataSync();
    });
    expect(turned[2]).toBeGreaterThan(0.5);
    for (const place of [0, 1, 3]) expect(turned[place]).toBeCloseTo(0, 6);
  });

  test('have the gradient of finite differences', async () => {
    const { source, dispose } = withTeacher();
    const model = newModel();
    const images = batchOf(picture(1), picture(2));
    const teacher = source.maps(images, false);
    const lossNow = () => tf.tidy(() => model.loss(images, teacher).dataSync()[0]!);
    const named = model.parameters.entries();
    const { grads } = tf.variableGrads(
      () => model.loss(images, teacher),
      named.map(([, variable]) => variable),
    );
    const chosen = ['student.stage1.0.conv.weight', 'student.stage2.0.norm.bias', 'student.stage3.output.weight'];
    for (const name of [...chosen, 'student.stage1.output.bias']) {
      const [, variable] = named.find(([path]) => path === name)!;
      const gradient = grads[variable.name]!.dataSync() as Float32Array;
      const largest = gradient.reduce((best, value, i) => (Math.abs(value) > Math.abs(gradient[best]!) ? i : best), 0);
      const values = variable.dataSync().slice();
      const step = 2e-3;
      const [up, down] = [step, -step].map((by) => {
        const moved = values.slice();
        moved[largest]! += by;
        variable.assign(tf.tensor(moved, variable.shape));
        return lossNow();
      });
      variable.assign(tf.tensor(values, variable.shape));
      expect((up! - down!) / (2 * step) / gradient[largest]!).toBeCloseTo(1, 1);
    }
    model.dispose();
    dispose();
  });

  test('weigh the same for an untrained student', async () => {
    const model = await fitted(1, runEagerly);
    const [lambda] = (await model.parameters.stateDict()).lambda!.data;
    const { source, dispose } = withTeacher();
    const untrained = newModel();
    const images = batchOf(...(await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map(source.read))));
    let [value, direction] = [0, 0];
    const student = untrained.imitate(images, false);
    source.maps(images, false).forEach((map, stage) => {
      const [ofStudent, ofTeacher] = [student[stage]!.dataSync(), map.dataSync()];
      const size = map.size / 8;
      for (let i = 0; i < 8; i++) {
        const slow = slowLosses(
          ofStudent.subarray(i * size, (i + 1) * size),
          ofTeacher.subarray(i * size, (i + 1) * size),
        );
        value += slow.value / 8;
        direction += slow.direction / 8;
      }
    });
    expect(Math.abs(lambda! - 1)).toBeGreaterThan(0.02); // As it is before.
    expect((lambda! * direction) / value).toBeCloseTo(1, 3);
    model.dispose();
    untrained.dispose();
    dispose();
  });
});

// The processor alone takes minutes.
describe.each(devices.filter((name) => name !== 'cpu'))('on %s, a student', (name) => {
  test('learns good pictures, finds a defect, and is the same after a file', async () => {
    const { compile } = await selectDevice(name);
    const empty = tf.memory().numTensors;
    const losses: number[] = [];
    const network = await fitted(30, compile, { onEpoch: async ({ loss }) => void losses.push(loss) });
    expect(losses.at(-1)).toBeLessThan(0.5 * losses[0]!);
    const model: TrainedModel = {
      config,
      id: 'test',
      categories: ['part'],
      input: { mean: [0, 0, 0], deviation: [1, 1, 1] },
      threshold: { score: 3, source: 'a test', mapRange: [1, 5] },
      kinds: [],
      parameters: await network.parameters.stateDict(),
      backbone: weights,
    };
    network.dispose();
    const detector = new Detector(model, compile);
    const pictures = [picture(50), picture(51), picture(50, true)];
    const [good, other, bad] = await detector.inspectImages(pictures);
    expect(bad!.score).toBeGreaterThan(1.2 * Math.max(good!.score, other!.score));
    const inside = (map: Float32Array) => map.filter((_, i) => within(i));
    const outside = (map: Float32Array) => map.filter((_, i) => !within(i));
    expect(mean(inside(bad!.map))).toBeGreaterThan(3 * mean(outside(bad!.map)));
    expect(mean(inside(bad!.map))).toBeGreaterThan(3 * mean(inside(good!.map)));
    // The score of a picture is its loss (section 3.1).
    const { source, dispose } = withTeacher();
    const again = newModel();
    again.loadStateDict(model.parameters);
    const images = batchOf(pictures[2]!);
    const [student, teacher] = [again.imitate(images, false), source.maps(images, false)];
    const loss = teacher.reduce((sum, map, stage) => {
      const { value, direction } = slowLosses(student[stage]!.dataSync(), map.dataSync());
      return sum + value + model.parameters.lambda!.data[0]! * direction;
    }, 0);
    expect(bad!.score / loss).toBeCloseTo(1, 3);
    tf.dispose([images, student, teacher]);
    again.dispose();
    dispose();

    const read = new Detector(decodeModel(encodeModel(model)), compile);
    expect(await read.inspectImages(pictures)).toEqual([good, other, bad]);
    await expect(read.inspectFeatures([new Float32Array(8 * 8 * CHANNELS)])).rejects.toThrow(RunError);
    read.dispose();
    detector.dispose();
    expect(tf.memory().numTensors).toBe(empty);

    await selectDevice('cpu');
    const slow = new Detector(model);
    const [onCpu] = await slow.inspectImages(pictures.slice(2));
    bad!.map.forEach((value, i) => expect(Math.abs(value - onCpu!.map[i]!)).toBeLessThan(1e-3 * bad!.score));
    slow.dispose();
  }, 120_000);

  test('that was interrupted ends as one that was not', async () => {
    const { compile } = await selectDevice(name);
    const states: TrainingState[] = [];
    const straight = await fitted(3, compile, { onEpoch: async (_, state) => void states.push(await state()) });
    const resumed = await fitted(3, compile, { resume: states[0] });
    expect(await resumed.parameters.stateDict()).toEqual(await straight.parameters.stateDict());
    straight.dispose();
    resumed.dispose();
  });
});

const within = (pixel: number) => {
  const [row, column] = [Math.floor(pixel / SIDE), pixel % SIDE];
  return row >= 8 && row < 16 && column >= 16 && column < 24;
};

test('leaves no tensor behind, stopped or failed', async () => {
  await selectDevice('cpu');
  const before = tf.memory().numTensors;
  (await fitted(1, runEagerly)).dispose();
  expect(tf.memory().numTensors).toBe(before);
  const { source, dispose } = withTeacher();
  const model = newModel();
  const kept = tf.memory().numTensors;
  const failing = { ...source, read: () => Promise.reject(new Error('no file')) };
  await expect(mkd.fit(model, failing, resolveTraining(), runEagerly)).rejects.toThrow('no file');
  const stopped = mkd.fit(model, source, resolveTraining(), runEagerly, { signal: AbortSignal.abort() });
  await expect(stopped).rejects.toThrow('aborted');
  expect(tf.memory().numTensors).toBe(kept);
  expect(() => model.distance(tf.zeros([1, 8, 8, CHANNELS]))).toThrow('the pictures for the method mkd');
  model.dispose();
  dispose();
});

test('takes no state of another student', async () => {
  await selectDevice('cpu');
  const wider = new MkdModel({ ...config, student: { width: 7, layers: 1 } }, CHANNELS, new Generator(0));
  const model = newModel();
  const state = await wider.parameters.stateDict();
  expect(() => model.loadStateDict(state)).toThrow(StateDictError);
  const own = await model.parameters.stateDict();
  expect(() => model.loadStateDict({ ...own, lambda: { shape: [2], data: new Float32Array(2) } })).toThrow('lambda');
  wider.dispose();
  model.dispose();
});
