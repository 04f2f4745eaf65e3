import * as tf from '@tensorflow/tfjs';
import { SESSION_LIMIT } from './eager.js';
import './index.js';
import { onnxRuntimeBackend } from './register.js';

beforeAll(() => tf.setBackend('onnxruntime'));

const eagerSessions = (): number => onnxRuntimeBackend().eager.size;

it('keeps a bounded number of sessions', () => {
  const before = eagerSessions();
  tf.tidy(() => {
    for (let size = 1; size <= SESSION_LIMIT + 20; size++) tf.add(tf.ones([size]), 1);
  });
  expect(before).toBeLessThan(SESSION_LIMIT);
  expect(eagerSessions()).toBe(SESSION_LIMIT);
});

it('uses one session for one kernel, attributes and shapes', () => {
  const product = (transpose: boolean): void =>
    tf.tidy(() => void tf.matMul(tf.ones([3, 3]), tf.ones([3, 3]), transpose));
  product(false);
  product(true);
  const sessions = eagerSessions();
  for (let count = 0; count < 5; count++) product(count % 2 === 0);
  expect(eagerSessions()).toBe(sessions);
});

it('tells attributes apart that JSON does not', () => {
  const x = tf.tensor1d([-3, 3]);
  expect(Array.from(tf.clipByValue(x, Number.NEGATIVE_INFINITY, 1).dataSync())).toEqual([-3, 1]);
  expect(Array.from(tf.clipByValue(x, -1, Number.POSITIVE_INFINITY).dataSync())).toEqual([-1, 3]);
});

it('falls back to the cpu kernels', async () => {
  const x = tf.tensor2d([
    [4, 1],
    [2, 3],
  ]);
  expect(await tf.topk(x, 1).values.array()).toEqual([[4], [3]]);
  expect(await tf.einsum('ij,jk->ik', x, x).array()).toEqual([
    [18, 7],
    [14, 11],
  ]);
  expect(await tf.abs(tf.tensor1d([-2, 3], 'int32')).array()).toEqual([2, 3]);
  expect(
    await tf.booleanMaskAsync(tf.tensor1d([1, 2, 3]), tf.tensor1d([1, 0, 1], 'bool')).then((kept) => kept.array()),
  ).toEqual([1, 3]);
  expect(await tf.real(tf.complex([1, 2], [3, 4])).array()).toEqual([1, 2]);
  expect(await tf.tensor1d(['a', 'b']).array()).toEqual(['a', 'b']);
});

it('frees what it allocates', () => {
  const step = (): void =>
    tf.tidy(
      () => void tf.grad((x) => tf.sum(tf.softmax(tf.matMul(x as tf.Tensor2D, x as tf.Tensor2D))))(tf.ones([4, 4])),
    );
  step();
  const [tensors, buffers] = [tf.memory().numTensors, onnxRuntimeBackend().numDataIds()];
  for (let count = 0; count < 200; count++) step();
  expect([tf.memory().numTensors, onnxRuntimeBackend().numDataIds()]).toEqual([tensors, buffers]);
});

it('moves tensors of another backend', async () => {
  await tf.setBackend('cpu');
  const x = tf.tensor1d([1, 2]);
  await tf.setBackend('onnxruntime');
  expect(await tf.add(x, 1).array()).toEqual([2, 3]);
  x.dispose();
});

it('frees its sessions with the backend', async () => {
  const { eager } = onnxRuntimeBackend();
  tf.tidy(() => void tf.exp(tf.ones([3])));
  expect(eager.size).toBeGreaterThan(0);
  await tf.setBackend('cpu');
  tf.removeBackend('onnxruntime');
  expect(eager.size).toBe(0);
});
