import * as tf from '@tensorflow/tfjs';
import { createTrainableBackbone, randomWeights } from '@uniad/backbones';
import { Generator, StateDictError } from '@uniad/nn';
import { resolveConfig } from '../../config.js';
import { runEagerly } from '../../device/device.js';
import type { Compile } from '../../device/device.js';
import { selectDevice } from '../../device/select-device.js';
import type { PictureSource } from '../../training/feature-source.js';
import { resolveTraining } from '../../training/training-options.js';
import { cutAndPaste, drawPatch, drawScar } from './cut-and-paste.js';
import type { DrawPatch } from './cut-and-paste.js';
import { cutPaste, CutPasteModel } from './cutpaste.js';

describe('what is pasted', () => {
  beforeAll(() => tf.setBackend('cpu'));
  const [batch, height, width] = [6, 48, 64] as const;
  /** Every pixel has colours of its own, so that where it came from is told by them. */
  const colours = Float32Array.from({ length: batch * height * width * 3 }, (_, i) => {
    const [pixel, channel] = [Math.floor(i / 3), i % 3];
    const [row, column] = [Math.floor(pixel / width) % height, pixel % width];
    return channel === 0 ? 0.3 + row / 200 : channel === 1 ? 0.3 + column / 200 : 0.5;
  });
  const pasted = (draw: DrawPatch, seed = 1) =>
    tf.tidy(() => cutAndPaste(tf.tensor4d(colours, [batch, height, width, 3]), draw, new Generator(seed)).dataSync());

  /** Pixels of a picture that are not as they were, and where each was cut out by its colours. */
  function changed(values: ArrayLike<number>, picture: number) {
    const found: { row: number; column: number; gain: number; from: [row: number, column: number] }[] = [];
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const at = ((picture * height + row) * width + column) * 3;
        const [red, green, blue] = [values[at]!, values[at + 1]!, values[at + 2]!];
        if (red === colours[at] && green === colours[at + 1] && blue === colours[at + 2]) continue;
        found.push({ row, column, gain: blue / 0.5, from: [red, green] });
      }
    }
    return found;
  }

  test('is a turned rectangle of the same picture, in its colours times one gain each', () => {
    const angle = Math.PI / 6;
    const values = pasted(() => ({ height: 20, width: 8, angle }));
    for (let picture = 0; picture < batch; picture++) {
      const pixels = changed(values, picture);
      expect(pixels.length).toBeGreaterThan(0.9 * 20 * 8);
      expect(pixels.length).toBeLessThan(1.1 * 20 * 8);
      const { gain } = pixels[0]!;
      expect(Math.abs(gain - 1)).toBeLessThanOrEqual(0.1 + 1e-6);
      pixels.forEach((pixel) => expect(pixel.gain).toBeCloseTo(gain, 6));
      // Red and green are rows and columns of where it was cut, but for a gain each: what lies a step along the patch was cut a step down.
      const at = new Map(pixels.map((pixel) => [`${pixel.row},${pixel.column}`, pixel.from]));
      const middle = (of: (pixel: (typeof pixels)[number]) => number) =>
        pixels.reduce((sum, pixel) => sum + of(pixel), 0) / pixels.length;
      const [row, column] = [middle((pixel) => pixel.row), middle((pixel) => pixel.column)];
      const along = (by: number) =>
        at.get(`${Math.round(row + by * Math.cos(angle))},${Math.round(column - by * Math.sin(angle))}`)!;
      const [up, down] = [along(-8), along(8)];
      const across = (by: number) =>
        at.get(`${Math.round(row + by * Math.sin(angle))},${Math.round(column + by * Math.cos(angle))}`)!;
      const [left, right] = [across(-3), across(3)];
      expect(((down[0] - up[0]) * 200) / 16).toBeCloseTo(1, 0);
      expect(Math.abs(down[1] - up[1]) * 200).toBeLessThan(3);
      expect(((right[1] - left[1]) * 200) / 6).toBeCloseTo(1, 0);
      expect(Math.abs(right[0] - left[0]) * 200).toBeLessThan(3);
    }
  });

  test('is as large as the paper says', () => {
    const [shares, lengths]: number[][] = [[], []];
    const generator = new Generator(2);
    for (let i = 0; i < 500; i++) {
      const patch = drawPatch(generator, 256, 256);
      shares!.push((patch.height * patch.width) / 256 ** 2);
      expect(patch.height / patch.width).toBeGreaterThanOrEqual(0.3);
      expect(patch.height / patch.width).toBeLessThanOrEqual(3.3);
      expect(patch.angle).toBe(0);
      const scar = drawScar(generator, 256, 256);
      lengths!.push(scar.height);
      expect(scar.width).toBeGreaterThanOrEqual(2);
      expect(scar.width).toBeLessThanOrEqual(16);
      expect(Math.abs(scar.angle)).toBeLessThanOrEqual(Math.PI / 4);
    }
    for (const [values, low, high] of [
      [shares!, 0.02, 0.15],
      [lengths!, 10, 25],
    ] as const) {
      // prettier-ignore
      const [least, most] = [Math.min(...values), Math.max(...values)];
      expect(least).toBeGreaterThanOrEqual(low);
      expect(least).toBeLessThan(low + 0.05 * (high - low));
      expect(most).toBeLessThanOrEqual(high);
      expect(most).toBeGreaterThan(high - 0.05 * (high - low));
    }
  });

  test('stays on the picture, whatever its size', () => {
    const values = pasted(() => ({ height: 500, width: 500, angle: 0.3 }));
    expect(values.every((value) => value >= 0 && value <= 1)).toBe(true);
  });

  test('is the same of the same seed and other of another, and drawn anew in every run of a compiled graph', async () => {
    const expected = [pasted(drawScar), pasted(drawScar, 2)];
    expect(pasted(drawScar)).toEqual(expected[0]);
    expect(expected[1]).not.toEqual(expected[0]);
    const { compile } = await selectDevice('onnxruntime');
    const generator = new Generator(1);
    const run = compile((pictures) => [cutAndPaste(pictures as tf.Tensor4D, drawScar, generator)]);
    const pictures = tf.tensor4d(colours, [batch, height, width, 3]);
    const runs: ArrayLike<number>[] = [];
    for (let i = 0; i < 2; i++) {
      const [output] = run(pictures);
      runs.push(await output!.data());
      output!.dispose();
    }
    const worst = Array.from(expected[0]!).reduce(
      (most, value, i) => Math.max(most, Math.abs(value - runs[0]![i]!)),
      0,
    );
    expect(worst).toBeLessThan(1e-6);
    expect(runs[1]).not.toEqual(runs[0]);
    tf.dispose(pictures);
    run.dispose();
  });
});

const SIDE = 32;
const config = resolveConfig({
  method: 'cutpaste',
  backbone: { name: 'uniad_tiny', stages: [2, 3] },
  imageSize: [SIDE, SIDE],
  featureSize: [8, 8],
  smoothing: 0,
  head: { width: 16 },
});
const CHANNELS = 32 + 48;

/** Stripes of any phase; a defect is a square of other stripes. */
function picture(seed: number, defect = false): Float32Array {
  const generator = new Generator(seed);
  const phase = 2 * Math.PI * generator.uniform();
  const noise = generator.fillNormal(new Float32Array(SIDE * SIDE * 3), 0, 0.05);
  return noise.map((value, i) => {
    const [row, column] = [Math.floor(i / (3 * SIDE)), Math.floor(i / 3) % SIDE];
    const isDefect = defect && row >= 8 && row < 20 && column >= 12 && column < 24;
    return value + Math.sin(isDefect ? column : phase + row / 2);
  });
}

const batchOf = (...pictures: Float32Array[]) =>
  tf.tensor4d(Float32Array.from(pictures.flatMap((values) => Array.from(values))), [pictures.length, SIDE, SIDE, 3]);

/** A model on the device at work, and a source whose backbone is trained along with it. */
function started(): { model: CutPasteModel; source: PictureSource } {
  const model = new CutPasteModel(config, CHANNELS, new Generator(3));
  const backbone = createTrainableBackbone('uniad_tiny', {
    stages: config.backbone.stages,
    weights: randomWeights('uniad_tiny', new Generator(1)),
    parameters: model.parameters.scope('backbone'),
  });
  const source = {
    length: 16,
    shape: [SIDE, SIDE, 3] as const,
    read: async (index: number) => picture(index),
    maps: (images: tf.Tensor4D, training: boolean) => backbone.forward(images, training),
  };
  return { model, source };
}

const training = (epochs: number) => resolveTraining({ epochs, batchSize: 8, learningRate: 3e-3, clipNorm: 1 });

test('the loss is the cross-entropy of the three classes', async () => {
  await selectDevice('cpu');
  const { model, source } = started();
  const images = batchOf(picture(1), picture(2));
  const generator = new Generator(5);
  const { state } = generator;
  let seen: tf.Tensor4D | undefined;
  const maps: PictureSource['maps'] = (pictures, isTraining) => {
    seen = tf.keep(pictures.clone());
    return source.maps(pictures, isTraining);
  };
  const loss = tf.tidy(() => model.loss(images, maps, generator).dataSync()[0]!);
  expect(seen!.shape).toEqual([6, SIDE, SIDE, 3]);
  // Good ones first, as they were.
  const good = images.dataSync();
  seen!
    .dataSync()
    .slice(0, good.length)
    .forEach((value, i) => expect(value).toBeCloseTo(good[i]!, 4));
  const logits = tf.tidy(
    () => model.logits(tf.mean(model.join(source.maps(seen!, true)), [1, 2])).arraySync() as number[][],
  );
  const each = logits.map((values, i) => {
    const total = values.reduce((sum, value) => sum + Math.exp(value), 0);
    return Math.log(total) - values[Math.floor(i / 2)]!;
  });
  expect(loss).toBeCloseTo(each.reduce((sum, value) => sum + value, 0) / 6, 4);
  generator.state = state;
  tf.dispose([images, seen!]);
  model.dispose();
});

test('learns to tell what is pasted, finds a defect that it was never shown, and leaves no tensor behind', async () => {
  const { compile } = await selectDevice('onnxruntime');
  const before = tf.memory().numTensors;
  const { model, source } = started();
  const log = await cutPaste.fit(model, source, training(25), compile);
  expect(log[0]!.loss).toBeGreaterThan(0.8); // log 3 is chance.
  expect(log.at(-1)!.loss).toBeLessThan(0.5 * log[0]!.loss);

  const pictures = Array.from({ length: 8 }, (_, i) => picture(100 + i));
  const defective = Array.from({ length: 8 }, (_, i) => picture(100 + i, true));
  const [maps, scores, features] = tf.tidy(() => {
    const features = model.join(source.maps(batchOf(...pictures, ...defective), false));
    return [model.distance(features).arraySync() as number[][][], model.scores(features).dataSync(), features.arraySync() as number[][][][]]; // prettier-ignore
  });
  expect(Math.min(...scores.slice(8))).toBeGreaterThan(Math.max(...scores.slice(0, 8)));
  const inside = (map: number[][]) => map[3]![4]! + map[3]![5]! + map[4]![4]!;
  maps.slice(8).forEach((map, i) => expect(inside(map)).toBeGreaterThan(inside(maps[i]!)));

  // Mean squared distances of what was learned from are what the covariance says, and scores are of means.
  const learned = tf.tidy(() => model.scores(model.join(source.maps(batchOf(...Array.from({ length: 16 }, (_, i) => picture(i))), false))).dataSync()); // prettier-ignore
  const squared = Array.from(learned).reduce((sum, value) => sum + value ** 2, 0) / learned.length;
  expect(squared).toBeGreaterThan(0.1 * CHANNELS);
  expect(squared).toBeLessThan(1.5 * CHANNELS);
  const means = features[9]!.flat().reduce<number[]>((sum, token) => token.map((value, c) => (sum[c] ?? 0) + value / 64), []); // prettier-ignore
  const ofMean = tf.tidy(() => tf.norm(model.gaussians.pictures.forward(tf.tensor2d([means]))).dataSync()[0]!);
  expect(scores[9]! / ofMean).toBeCloseTo(1, 3);
  model.dispose();
  expect(tf.memory().numTensors).toBe(before);
}, 180_000);

test.each(['onnxruntime', 'cpu'] as const)(
  'on %s, the gradient reaches backbone and head, and not the Gaussians',
  async (name) => {
    const { compile } = await selectDevice(name);
    const { model, source } = started();
    const before = await model.parameters.stateDict();
    const firstStep: Compile = name === 'cpu' ? runEagerly : compile;
    const stop = new AbortController();
    const stopped = cutPaste.fit(model, { ...source, length: 4 }, training(2), firstStep, {
      signal: stop.signal,
      onStep: () => stop.abort(),
    });
    await expect(stopped).rejects.toThrow('aborted');
    const after = await model.parameters.stateDict();
    const moved = (path: string) => after[path]!.data.some((value, i) => value !== before[path]!.data[i]);
    const ofBackbone = Object.keys(after).filter((path) => /^backbone\..*weight$/.test(path));
    expect(ofBackbone.length).toBeGreaterThan(5);
    for (const path of [...ofBackbone, 'head.0.weight', 'head.output.bias'])
      expect([path, moved(path)]).toEqual([path, true]);
    expect(['pictures.weight', 'tokens.bias'].map(moved)).toEqual([false, false]);
    model.dispose();
  },
  60_000,
);

test('takes no state of another head', async () => {
  await selectDevice('cpu');
  const model = new CutPasteModel(config, CHANNELS, new Generator(0));
  const deeper = new CutPasteModel({ ...config, head: { layers: 2, width: 16 } }, CHANNELS, new Generator(0));
  const state = await deeper.parameters.stateDict();
  expect(() => model.loadStateDict(state)).toThrow(StateDictError);
  model.dispose();
  deeper.dispose();
});
