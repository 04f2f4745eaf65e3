import * as tf from '@tensorflow/tfjs';
import { toInt8 } from '@uniad/nn';
import { random } from '../../test/random.js';
import { constant, constantOf, input, topological } from '../graph.js';
import type { Value } from '../graph.js';
import { compile, OnnxRuntimeError } from '../index.js';
import type { Precision } from '../index.js';
import { floats, matMul, reshape, split, transpose, unary } from '../ops.js';
import { folded, rootConstant } from './folded.js';
import { toSteps } from './int8.js';
import { packConstants } from './pack-constants.js';
import { quantizeProducts } from './quantize-products.js';

beforeAll(() => tf.setBackend('onnxruntime'));

/** Numbers from -1 to 1. */
function randomArray(size: number, seed: number): Float32Array {
  const source = random(seed);
  return Float32Array.from({ length: size }, () => 2 * source.uniform() - 1);
}

/** ONNX's DynamicQuantizeLinear, MatMulInteger and the scaling after it, one number at a time. `w` is [rows, columns]. */
function slowProduct(x: number[][], w: number[][]): number[][] {
  const all = x.flat();
  const [low, high] = [Math.min(0, ...all), Math.max(0, ...all)];
  const scale = Math.fround(Math.fround(high - low) / 255);
  const saturate = (value: number): number => Math.max(0, Math.min(255, value));
  const even = (value: number): number => {
    const nearest = Math.round(value);
    return Math.abs(value % 1) === 0.5 ? 2 * Math.round(value / 2) : nearest;
  };
  const zero = saturate(even(0 - Math.fround(low / scale)));
  return x.map((row) =>
    (w[0] ?? []).map((_, column) => {
      const largest = Math.max(...w.map((weights) => Math.abs(weights[column]!)));
      const step = largest === 0 ? 1 : Math.fround(largest / 127);
      const sum = row.reduce((total, value, k) => {
        const left = saturate(even(Math.fround(value / scale)) + zero) - zero;
        return total + left * even(w[k]![column]! / step);
      }, 0);
      return sum * scale * step;
    }),
  );
}

function closeTo(actual: number[][], expected: number[][], tolerance = 1e-5): void {
  const largest = Math.max(...expected.flat().map(Math.abs));
  actual.forEach((row, i) =>
    row.forEach((value, j) => expect(Math.abs(value - expected[i]![j]!)).toBeLessThanOrEqual(tolerance * largest)),
  );
}

/** What a function of a tensor gives with a precision. */
function run(fn: (x: tf.Tensor2D) => tf.Tensor, x: tf.Tensor2D, precision: Precision): number[][] {
  const compiled = compile(fn, { freezeVariables: true, precision });
  const y = compiled(x);
  const values = y.arraySync() as number[][];
  tf.dispose(y);
  compiled.dispose();
  return values;
}

describe('products with trained weights', () => {
  it.each([
    [3, 5, 4],
    [1, 64, 32],
    [50, 96, 33],
    [196, 128, 70],
  ])('equal the slow implementation: [%i, %i] times [%i columns]', (rows, inner, columns) => {
    const x = tf.tensor2d(randomArray(rows * inner, 1), [rows, inner]);
    const w = tf.variable(tf.tensor2d(randomArray(inner * columns, 2), [inner, columns]));
    const expected = slowProduct(x.arraySync(), w.arraySync());
    closeTo(
      run((x) => tf.matMul(x, w), x, 'int8'),
      expected,
    );
    const transposed = tf.variable(tf.transpose(w));
    closeTo(
      run((x) => tf.matMul(x, transposed as tf.Tensor2D, false, true), x, 'int8'),
      expected,
    );
    // It is a rounding, and not another function.
    const exact = tf.matMul(x, w).arraySync() as number[][];
    closeTo(expected, exact, 0.05);
    expect(expected).not.toEqual(exact);
  });

  it('round halves to the even step, and cut nothing off', () => {
    // From -128 to 127: a step is 1 and zero is at 128.
    const x = tf.tensor2d([[-128, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 127]]);
    const identity = tf.variable(tf.mul(tf.eye(8), 127));
    expect(run((x) => tf.matMul(x, identity as tf.Tensor2D), x, 'int8')[0]).toEqual(
      [-128, -2, -2, 0, 0, 2, 2, 127].map((value) => 127 * value),
    );
  });

  it('take the largest sums there are: nothing saturates', () => {
    const x = tf.ones([16, 512]) as tf.Tensor2D;
    const w = tf.variable(tf.ones([512, 16]));
    closeTo(
      run((x) => tf.matMul(x, w as tf.Tensor2D), x, 'int8'),
      tf.fill([16, 16], 512).arraySync() as number[][],
    );
  });

  it('take weights of zeros, and inputs of zeros', () => {
    const w = tf.variable(tf.zeros([64, 8]) as tf.Tensor2D);
    const x = tf.tensor2d(randomArray(128, 3), [2, 64]);
    expect(run((x) => tf.matMul(x, w), x, 'int8').flat()).toEqual(Array(16).fill(0));
    const v = tf.variable(tf.tensor2d(randomArray(64 * 8, 4), [64, 8]));
    expect(run((x) => tf.matMul(x, v), tf.zeros([2, 64]), 'int8').flat()).toEqual(Array(16).fill(0));
  });

  it('take parts of stacked weights, each in its steps', () => {
    const stacked = tf.variable(tf.tensor2d(randomArray(3 * 32 * 32, 5), [96, 32]));
    const x = tf.tensor2d(randomArray(20 * 32, 6), [20, 32]);
    const [, second] = tf.split(stacked, 3, 0) as tf.Tensor2D[];
    const expected = slowProduct(x.arraySync(), (tf.transpose(second!) as tf.Tensor2D).arraySync());
    closeTo(
      run((x) => tf.matMul(x, tf.split(stacked, 3, 0)[1] as tf.Tensor2D, false, true), x, 'int8'),
      expected,
    );
  });

  it('alone are rounded: what was measured, and products of two computed matrices, stay as they are', () => {
    const x = tf.tensor2d(randomArray(64 * 64, 7), [64, 64]);
    const measured = tf.variable(tf.tensor2d(randomArray(64 * 64, 8), [64, 64]), false);
    const other = tf.tensor2d(randomArray(64 * 64, 9), [64, 64]);
    for (const fn of [
      (x: tf.Tensor2D) => tf.matMul(x, measured as tf.Tensor2D),
      (x: tf.Tensor2D) => tf.matMul(x, other),
      (x: tf.Tensor2D) => tf.matMul(x, x, false, true),
    ])
      expect(run(fn, x, 'int8')).toEqual(run(fn, x, 'float32'));
  });

  it('quantize what several products share once', () => {
    const x = input('x', [4, 16], 'float32');
    const [a, b] = [floats(randomArray(16 * 8, 1), [16, 8]), floats(randomArray(16 * 8, 2), [16, 8])];
    const weights = new Set([constantOf(a), constantOf(b)]);
    const { outputs } = quantizeProducts({ inputs: [x], outputs: [matMul(x, a), matMul(x, b)] }, (data) =>
      weights.has(data),
    );
    const operators = topological(outputs).map(({ op }) => op);
    expect(operators.filter((op) => op === 'DynamicQuantizeLinear')).toHaveLength(1);
    expect(operators.filter((op) => op === 'MatMulInteger')).toHaveLength(2);
    expect(operators).not.toContain('MatMul');
  });

  it('need weights that stay, and a precision that there is', () => {
    expect(() => compile((x: tf.Tensor) => x, { precision: 'int8' })).toThrow(
      'Expected freezeVariables for the precision int8',
    );
    expect(() => compile((x: tf.Tensor) => x, { precision: 'int4' as Precision })).toThrow(OnnxRuntimeError);
    expect(() => compile((x: tf.Tensor) => x, { precision: 'int4' as Precision })).toThrow('float32 or int8');
  });
});

test('rounds exactly as weights are stored in safetensors', () => {
  const data = randomArray(3 * 40, 3);
  for (const axis of [0, 1]) expect(toSteps(data, [3, 40], axis)).toEqual(toInt8(data, [3, 40], axis));
});

describe('arrangements of constants', () => {
  const data = randomArray(2 * 3 * 4, 1);
  const whole = floats(data, [2, 3, 4]);
  const evaluated = (value: Value): number[] => Array.from(constantOf(folded(value) as Value) as Float32Array);

  it('are worked out as tfjs does', () => {
    const tensor = tf.tensor3d(data, [2, 3, 4]);
    for (const perm of [
      [2, 0, 1],
      [0, 2, 1],
      [2, 1, 0],
    ])
      expect(evaluated(transpose(whole, perm))).toEqual(Array.from(tf.transpose(tensor, perm).dataSync()));
    expect(evaluated(reshape(transpose(whole, [1, 0, 2]), [6, 4]))).toEqual(
      Array.from(tf.transpose(tensor, [1, 0, 2]).dataSync()),
    );
    split(whole, [1, 2, 1], 2).forEach((part, i) =>
      expect(evaluated(part)).toEqual(Array.from(tf.split(tensor, [1, 2, 1], 2)[i]!.dataSync())),
    );
  });

  it('are not confused with what is computed', () => {
    const x = input('x', [2, 3, 4], 'float32');
    expect(folded(transpose(x, [2, 0, 1]))).toBeUndefined();
    expect(rootConstant(transpose(x, [2, 0, 1]))).toBeUndefined();
    expect(rootConstant(transpose(whole, [2, 0, 1]))).toBe(constantOf(whole));
  });
});

describe('packed constants', () => {
  const rounded = (shape: [number, number], axis: number): Value => {
    const { values, scales } = toSteps(randomArray(shape[0] * shape[1], 4), shape, axis);
    const channel = (i: number): number => (axis === 0 ? Math.floor(i / shape[1]) : i % shape[1]);
    return floats(
      Array.from(values, (value, i) => value * scales[channel(i)]!),
      shape,
    );
  };
  const x = input('x', [4, 64], 'float32');

  it.each([0, 1])('are those that are whole numbers of steps along axis %i', (axis) => {
    const weights = rounded([64, 32], axis);
    const { outputs } = packConstants({ inputs: [x], outputs: [matMul(x, weights)] });
    const order = topological(outputs);
    expect(order.map(({ op }) => op)).toEqual(['Cast', 'Mul', 'MatMul']);
    const [integers, scales] = [order[0]!.inputs[0]!, order[1]!.inputs[1]!];
    expect(integers.dtype).toBe('int8');
    expect(scales.shape).toEqual(axis === 0 ? [64, 1] : [1, 32]);
    const values = Array.from(constantOf(integers) as Int8Array, (value, i) => {
      return Math.fround(value * (constantOf(scales) as Float32Array)[axis === 0 ? Math.floor(i / 32) : i % 32]!);
    });
    closeTo([values], [Array.from(constantOf(weights) as Float32Array)], 1e-6);
  });

  it('are those that are whole numbers of steps along both of the first two axes', () => {
    const data = randomArray(4 * 8 * 64, 7).map((value, i) => value * (1 + (i >> 6))); // Each row of another range.
    const { values, scales } = toSteps(data, [32, 64], 0);
    const kept = floats(
      Array.from(values, (value, i) => value * scales[i >> 6]!),
      [4, 8, 16, 4],
    );
    const { outputs } = packConstants({ inputs: [], outputs: [unary('Neg', kept)] });
    const order = topological(outputs);
    expect(order.map(({ op }) => op)).toEqual(['Cast', 'Mul', 'Neg']);
    const [integers, steps] = [order[0]!.inputs[0]!, order[1]!.inputs[1]!];
    expect([integers.dtype, integers.shape, steps.shape]).toEqual(['int8', kept.shape, [4, 8, 1, 1]]);
    expect(constantOf(integers)).toEqual(values);
    expect(constantOf(steps)).toEqual(scales);
  });

  it('leave others, small ones, and what is computed', () => {
    const others = floats(randomArray(64 * 32, 5), [64, 32]);
    const small = rounded([64, 2], 0);
    const bytes = constant(new Int8Array(2048), [64, 32], 'int8');
    for (const weights of [others, small, bytes]) {
      const { outputs } = packConstants({ inputs: [x], outputs: [matMul(x, weights)] });
      expect(topological(outputs).map(({ op }) => op)).toEqual(['MatMul']);
    }
  });
});
