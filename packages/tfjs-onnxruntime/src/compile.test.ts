import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { hostValues } from '@uniad/nn';
import { compile, OnnxRuntimeError, RecordingError } from './index.js';
import { onnxRuntimeBackend } from './register.js';

beforeAll(() => tf.setBackend('onnxruntime'));

function numbers(tensor: tf.Tensor): number[] {
  const values = Array.from(tensor.dataSync());
  tensor.dispose();
  return values;
}

describe('a compiled function', () => {
  it('is recorded once for each set of input shapes', () => {
    let calls = 0;
    const compiled = compile((x: tf.Tensor) => {
      calls++;
      return tf.mul(x, 2);
    });
    expect(numbers(compiled(tf.tensor1d([1, 2])))).toEqual([2, 4]);
    const recordings = calls;
    expect(numbers(compiled(tf.tensor1d([3, 4])))).toEqual([6, 8]);
    expect(calls).toBe(recordings);
    expect(numbers(compiled(tf.scalar(5)))).toEqual([10]);
    expect(calls).toBe(2 * recordings);
    compiled.dispose();
  });

  it('returns lists, inputs, constants and the same tensor twice', () => {
    const constant = tf.tensor1d([7]);
    const compiled = compile((x: tf.Tensor) => {
      const y = tf.add(x, 1);
      return [x, y, y, constant];
    });
    expect(compiled(tf.tensor1d([1])).map(numbers)).toEqual([[1], [2], [2], [7]]);
    compiled.dispose();
  });

  it('trains as tfjs does, gradients and Adam inside', () => {
    const data = tf.tensor2d([
      [1, 2],
      [3, -1],
      [0.5, 1],
    ]);
    const run = (wrap: (step: (x: tf.Tensor) => tf.Tensor) => (x: tf.Tensor) => tf.Tensor): number[][] => {
      const weight = tf.variable(
        tf.tensor2d([
          [0.3, -0.2],
          [0.1, 0.4],
        ]),
      );
      const optimizer = tf.train.adam(0.05);
      const step = wrap(
        (x) =>
          optimizer.minimize(
            () => tf.mean(tf.square(tf.sub(tf.tanh(tf.matMul(x as tf.Tensor2D, weight)), 0.5))),
            true,
            [weight],
          ) ?? tf.scalar(Number.NaN),
      );
      const first = optimizer.minimize(() => tf.sum(weight), true, [weight]); // makes the optimizer's variables
      first?.dispose();
      const losses = Array.from({ length: 6 }, () => numbers(step(data)));
      const result = [losses.flat(), Array.from(weight.dataSync())];
      weight.dispose();
      optimizer.dispose();
      return result;
    };
    const compiled = run((step) => compile(step));
    const eager = run((step) => step);
    compiled.flat().forEach((value, index) => expect(value).toBeCloseTo(eager.flat()[index] ?? Number.NaN, 5));
  });

  it('sees variables that change outside, and outside sees what it assigns', () => {
    const variable = tf.variable(tf.scalar(1));
    const compiled = compile((x: tf.Tensor) => {
      variable.assign(tf.add(variable, x) as tf.Scalar);
      return tf.mul(variable, 10);
    });
    const step = tf.scalar(2);
    expect(numbers(compiled(step))).toEqual([30]);
    variable.assign(tf.scalar(100));
    expect(numbers(compiled(step))).toEqual([1020]);
    expect(Array.from(variable.dataSync())).toEqual([102]);
    variable.dispose();
  });

  it('never writes into values that someone read or cloned', () => {
    const variable = tf.variable(tf.scalar(1));
    const compiled = compile(() => {
      variable.assign(tf.add(variable, 1) as tf.Scalar);
      return tf.mul(variable, 1);
    });
    const seen: Float32Array[] = [];
    const clones: tf.Tensor[] = [];
    for (let count = 0; count < 4; count++) {
      compiled().dispose();
      if (count % 2 === 0) seen.push(variable.dataSync<'float32'>());
      else clones.push(variable.clone());
    }
    expect(seen.map(([value]) => value)).toEqual([2, 4]);
    expect(clones.flatMap(numbers)).toEqual([3, 5]);
    variable.dispose();
    compiled.dispose();
  });

  it('draws host values anew at every run, in the order of recording', () => {
    const order: string[] = [];
    let count = 0;
    const draw = (name: string) => (values: Float32Array | Uint8Array) => {
      order.push(name);
      values[0] = count++;
    };
    const compiled = compile((x: tf.Tensor) =>
      tf.add(tf.sub(hostValues(draw('first'), [1], 'float32'), hostValues(draw('second'), [1], 'float32')), x),
    );
    expect(numbers(compiled(tf.scalar(0)))).toEqual([-1]);
    expect(order).toEqual(['first', 'second']);
    expect(numbers(compiled(tf.scalar(0)))).toEqual([-1]);
    expect(count).toBe(4);
    compiled.dispose();
  });

  it('takes masks as bytes', () => {
    const compiled = compile((x: tf.Tensor) =>
      tf.mul(
        x,
        tf.mul(
          tf.cast(
            hostValues((values) => values.set([1, 0, 1]), [3], 'bool'),
            'float32',
          ),
          2,
        ),
      ),
    );
    expect(numbers(compiled(tf.tensor1d([1, 2, 3])))).toEqual([2, 0, 6]);
    compiled.dispose();
  });

  it('bakes frozen variables in', () => {
    const variable = tf.variable(tf.scalar(2));
    const compiled = compile((x: tf.Tensor) => tf.mul(x, variable), { freezeVariables: true });
    expect(numbers(compiled(tf.scalar(3)))).toEqual([6]);
    variable.assign(tf.scalar(5));
    expect(numbers(compiled(tf.scalar(3)))).toEqual([6]);
    compiled.dispose();
    variable.dispose();
  });

  it('runs on tensors of another backend and gives tensors of its own', async () => {
    await tf.setBackend('cpu');
    const x = tf.tensor1d([1, 2]);
    const weight = tf.variable(tf.scalar(3));
    const compiled = compile((value: tf.Tensor) => tf.mul(value, weight));
    const y = compiled(x);
    expect(tf.getBackend()).toBe('cpu');
    expect(numbers(y)).toEqual([3, 6]);
    await tf.setBackend('onnxruntime');
    expect(numbers(compiled(x))).toEqual([3, 6]);
    weight.dispose();
    compiled.dispose();
  });

  it('may call another compiled function', () => {
    const inner = compile((x: tf.Tensor) => tf.square(x));
    const outer = compile((x: tf.Tensor) => tf.add(inner(x), 1));
    expect(numbers(outer(tf.scalar(3)))).toEqual([10]);
    inner.dispose();
    outer.dispose();
  });

  it('keeps tensors and buffers constant over 200 runs', () => {
    const variable = tf.variable(tf.ones([4]));
    const compiled = compile((x: tf.Tensor) => {
      const { value, grads } = tf.variableGrads(() => tf.sum(tf.square(tf.mul(variable, x))) as tf.Scalar, [variable]);
      variable.assign(tf.sub(variable, tf.mul(Object.values(grads)[0] ?? 0, 1e-3)) as tf.Tensor1D);
      return value;
    });
    const x = tf.ones([4]);
    compiled(x).dispose();
    const before = [tf.memory().numTensors, tf.memory().numBytes, onnxRuntimeBackend().numDataIds()];
    for (let count = 0; count < 200; count++) compiled(x).dispose();
    expect([tf.memory().numTensors, tf.memory().numBytes, onnxRuntimeBackend().numDataIds()]).toEqual(before);
    compiled.dispose();
    tf.dispose([variable, x]);
  });
});

describe('a function that cannot be recorded', () => {
  const refused = (fn: (x: tf.Tensor) => tf.Tensor, message: RegExp, options = {}): void => {
    const x = tf.ones([2]);
    const before = [tf.memory().numTensors, onnxRuntimeBackend().numDataIds()];
    const compiled = compile(fn, options);
    expect(() => compiled(x)).toThrow(message);
    expect(() => compiled(x)).toThrow(RecordingError);
    expect([tf.memory().numTensors, onnxRuntimeBackend().numDataIds()]).toEqual(before);
    expect(numbers(tf.add(x, 1))).toEqual([2, 2]); // the backend is itself again
    x.dispose();
    compiled.dispose();
  };

  it('reads a value', () =>
    refused(
      (x) => tf.mul(x, tf.sum(x).dataSync()[0] ?? 0),
      /Expected no values to be read while compile records a function, but a tensor was/,
    ));

  it('reads a variable', () => {
    const variable = tf.variable(tf.scalar(1));
    refused((x) => tf.mul(x, variable.dataSync()[0] ?? 0), /but a variable was/);
    variable.dispose();
  });

  it.each([
    ['tf.randomNormal', () => tf.randomNormal([2])],
    ['tf.randomUniform', () => tf.randomUniform([2])],
    ['tf.dropout', (x: tf.Tensor) => tf.dropout(x, 0.5)],
    ['Math.random', () => tf.scalar(Math.random())],
  ])('draws with %s', (_, draw) =>
    refused((x) => tf.add(x, draw(x)), /Recording the function twice gave different constants.*hostValues/),
  );

  it('creates a variable', () =>
    refused((x) => tf.add(x, tf.variable(tf.scalar(1))), /Expected every variable to exist before compile records/));

  it('uses a kernel without a lowering', () => refused((x) => tf.topk(x, 1).values, /TopK/));

  it('assigns a frozen variable', () => {
    const variable = tf.variable(tf.scalar(1), true, 'frozen');
    const assign = (x: tf.Tensor): tf.Tensor => {
      variable.assign(tf.sum(x) as tf.Scalar);
      return x;
    };
    refused(assign, /Expected no assignment with freezeVariables but the variable frozen was assigned/, {
      freezeVariables: true,
    });
    expect(Array.from(variable.dataSync())).toEqual([1]);
    variable.dispose();
  });

  it('throws an error of its own, which arrives and leaves variables as they were', () => {
    const variable = tf.variable(tf.scalar(1));
    const compiled = compile(() => {
      variable.assign(tf.scalar(2));
      throw new TypeError('mine');
    });
    expect(() => compiled()).toThrow(new TypeError('mine'));
    expect(Array.from(variable.dataSync())).toEqual([1]);
    variable.dispose();
  });
});

it('refuses unknown options, and to run after dispose', () => {
  const options: object = { freeze: true };
  expect(() => compile((x: tf.Tensor) => x, options)).toThrow(OnnxRuntimeError);
  const compiled = compile((x: tf.Tensor) => tf.square(x));
  compiled.dispose();
  expect(() => compiled(tf.scalar(1))).toThrow('it was disposed');
});

it('writes a profile of every node when asked to', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'uniad-profile-'));
  try {
    const compiled = compile((x: tf.Tensor) => tf.erf(x), { profile: join(folder, 'erf') });
    compiled(tf.tensor1d([1, 2])).dispose();
    compiled.dispose();
    const [file] = await readdir(folder);
    const events = JSON.parse(await readFile(join(folder, file!), 'utf8')) as { args?: { op_name?: string } }[];
    expect(events.map(({ args }) => args?.op_name)).toContain('Erf');
  } finally {
    await rm(folder, { recursive: true });
  }
});
