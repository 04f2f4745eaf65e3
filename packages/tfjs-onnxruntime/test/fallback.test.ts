import * as tf from '@tensorflow/tfjs';
import { compile } from '../src/index.js';
import { expectAgreement } from './agreement.js';
import { convCases } from './cases/conv.js';
import { matmulCases } from './cases/matmul.js';
import { reduceCases } from './cases/reduce.js';

// Would load the binding; all that is asked of it outside of the thread is this class.
jest.mock('onnxruntime-node', () => ({ Tensor: Object }));

jest.mock('onnxruntime-node/dist/binding.js', () => {
  throw new Error('no such file');
});

const warn = jest.spyOn(process, 'emitWarning').mockImplementation();

it.each([...matmulCases, ...convCases, ...reduceCases].map((sample) => [sample.kernel, sample] as const))(
  '%s equals the cpu kernel, eager and compiled, without the private binding',
  (_, sample) => expectAgreement(sample),
);

it('trains', async () => {
  await tf.setBackend('onnxruntime');
  const weight = tf.variable(tf.tensor2d([[0.5], [-1]]));
  const step = compile((x: tf.Tensor2D) => {
    const { value, grads } = tf.variableGrads(() => tf.mean(tf.square(tf.sub(tf.matMul(x, weight as tf.Tensor2D), 1))));
    weight.assign(tf.sub(weight, tf.mul(grads[weight.name]!, 0.1)));
    return value;
  });
  const x = tf.tensor2d([
    [1, 0],
    [0, 1],
  ]);
  for (let count = 0; count < 10; count++) step(x).dispose();
  // Every step takes a tenth of the distance to 1.
  const expected = [0.5, -1].map((start) => expect.closeTo(1 + (start - 1) * 0.9 ** 10, 5) as number);
  expect(Array.from(weight.dataSync())).toEqual(expected);
  step.dispose();
  tf.dispose([weight, x]);
});

it('waits for the answer when it is woken too early', async () => {
  await tf.setBackend('onnxruntime');
  const wait = jest.spyOn(Atomics, 'wait').mockImplementationOnce(() => 'ok');
  const load = jest.spyOn(Atomics, 'load').mockImplementationOnce(() => 0 as never); // However soon the answer comes, it is waited for.
  const sum = tf.tidy(() => tf.sum(tf.cumsum([1, 2, 3])).dataSync());
  expect(wait).toHaveBeenCalled();
  wait.mockRestore();
  load.mockRestore();
  expect(Array.from(sum)).toEqual([10]);
});

it('says so, once', () => {
  expect(warn).toHaveBeenCalledTimes(1);
  expect(warn).toHaveBeenCalledWith(expect.stringContaining('no such file'), {
    code: 'UNIAD_ONNXRUNTIME_PUBLIC_API',
  });
});
