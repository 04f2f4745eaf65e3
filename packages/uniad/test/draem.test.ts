import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { resolveConfig, selectDevice } from '@uniad/core';
import { Generator } from '@uniad/nn';
import type { StateDict } from '@uniad/nn';
import { DraemModel } from '../src/methods/draem/draem.js';
import { devices } from './devices.js';
import { indexInNHWC, toNHWC, uniform } from './golden.js';

/** Every so many values of a tensor, in PyTorch's order. */
interface Golden {
  readonly shape: readonly number[];
  readonly every: number;
  readonly value: readonly number[];
}

/** Written by reference/anomalib_draem.py. */
const golden = JSON.parse(readFileSync(join(__dirname, 'reference/fixtures/draem.json'), 'utf8')) as {
  readonly widths: { readonly reconstructive: number; readonly discriminative: number };
  readonly side: number;
  readonly batch: number;
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly reconstruction: Golden;
  readonly map: Golden;
  readonly loss: number;
  readonly gradients: Readonly<Record<string, Golden>>;
};

const { side, batch, widths } = golden;
const config = resolveConfig({
  method: 'draem',
  backbone: { name: 'resnet18' },
  imageSize: [side, side],
  widths,
});

const sizeOf = (shape: readonly number[]) => shape.reduce((product, length) => product * length, 1);

const state: StateDict = Object.fromEntries(
  Object.entries(golden.shapes).map(([name, shape]) => {
    const isScale = name.endsWith('running_var') || (shape.length === 1 && name.endsWith('weight'));
    const factor = shape.length === 4 ? Math.sqrt(6 / (shape[1]! * 9)) : 1 / 2;
    const data = Float32Array.from(uniform(name, sizeOf(shape)), (value) => (isScale ? 1 : 0) + value * factor);
    return [name, { shape, data }];
  }),
);

function input(name: string, channels: number, of: (value: number) => number): tf.Tensor4D {
  const values = uniform(`draem ${name}`, batch * channels * side * side).map(of);
  return tf.tensor4d(toNHWC(values, [batch, channels, side, side]), [batch, side, side, channels]);
}

function expectLike(tensor: tf.Tensor, { shape, every, value }: Golden, digits: number): void {
  const values = tensor.dataSync();
  const place = (index: number) => (shape.length === 4 && shape[1] === 3 ? indexInNHWC(index, shape) : index);
  expect(values).toHaveLength(sizeOf(shape));
  value.forEach((expected, i) => expect(values[place(i * every)]).toBeCloseTo(expected, digits));
}

// The processor alone takes long.
test.each(devices.filter((name) => name !== 'cpu'))(
  "on %s, DRAEM's networks, map, loss and gradients are anomalib's",
  async (device) => {
    await selectDevice(device);
    tf.engine().startScope();
    const model = new DraemModel(config, 1, new Generator(0));
    // Names and shapes are anomalib's, or this is refused.
    model.loadStateDict(state);
    const pictures = input('pictures', 3, (value) => 0.5 + value / 2);
    const reconstruction = model.reconstruct(pictures, false);
    expectLike(reconstruction, golden.reconstruction, 3);
    const normalised = tf.div<tf.Tensor4D>(tf.sub(pictures, [0.485, 0.456, 0.406]), [0.229, 0.224, 0.225]);
    expectLike(model.distance(tf.zeros([1, 1, 1, 1]), { images: normalised, maps: [] }), golden.map, 4);

    const good = input('good', 3, (value) => 0.5 + value / 2);
    const mask = input('mask', 1, (value) => Number(2 * value > 1));
    const named = model.parameters.entries();
    const { value, grads } = tf.variableGrads(
      () => model.lossOf(good, { pictures, mask }),
      named.map(([, variable]) => variable),
    );
    expect(value.dataSync()[0]! / golden.loss).toBeCloseTo(1, 4);
    for (const [name, gradient] of Object.entries(golden.gradients)) {
      const [, variable] = named.find(([path]) => path === name)!;
      const scale = Math.max(...gradient.value.map(Math.abs));
      const relative = { ...gradient, value: gradient.value.map((one) => one / scale) };
      const ours = grads[variable.name]!;
      expect(ours.shape).toEqual(gradient.shape);
      const values = tf.div(ours, scale).dataSync();
      relative.value.forEach((expected, i) => expect(values[i * gradient.every]).toBeCloseTo(expected, 2));
    }
    model.dispose();
    tf.engine().endScope();
  },
);
