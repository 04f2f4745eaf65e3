import * as tf from '@tensorflow/tfjs';
import * as first from './index.js';

/** The package as a second copy of its modules on the same tfjs, as when one is imported and one required. */
async function anotherCopy(): Promise<typeof first> {
  jest.resetModules();
  jest.doMock('@tensorflow/tfjs', () => tf);
  return import('./index.js');
}

test('two copies of the package in one process compute, compile and take gradients alike', async () => {
  const warn = jest.spyOn(console, 'warn').mockImplementation();
  const second = await anotherCopy();
  expect(warn).not.toHaveBeenCalled(); // tfjs warns of everything that is registered twice.
  warn.mockRestore();
  expect(second.compile).not.toBe(first.compile);
  await tf.setBackend('onnxruntime');
  const weight = tf.variable(tf.tensor2d([[3], [4]]));
  for (const { compile, RecordingError } of [first, second, first]) {
    const step = compile((x: tf.Tensor) => {
      const { value, grads } = tf.variableGrads(() => tf.sum(tf.matMul(x, weight)) as tf.Scalar, [weight]);
      return [value, grads[weight.name]!];
    });
    const [value, gradient] = step(tf.tensor2d([[1, 2]])).map((tensor) => Array.from(tensor.dataSync()));
    expect([value, gradient]).toEqual([[11], [1, 2]]);
    step.dispose();
    expect(() => compile((x: tf.Tensor) => tf.mul(x, x.dataSync()[0]!))(tf.scalar(1))).toThrow(RecordingError);
  }
  expect(tf.matMul([[1, 2]], weight).dataSync()[0]).toBe(11);
});

test("another's backend of the same name is not taken for ours", () => {
  const own = tf.findBackendFactory('onnxruntime');
  tf.removeBackend('onnxruntime');
  const run = first.compile((x: tf.Tensor) => tf.square(x));
  expect(() => run(tf.scalar(2))).toThrow('it has none of that name');
  tf.registerBackend('onnxruntime', () => tf.findBackend('cpu'));
  expect(() => run(tf.scalar(2))).toThrow('it has another of that name');
  tf.removeBackend('onnxruntime');
  tf.registerBackend('onnxruntime', own);
});
