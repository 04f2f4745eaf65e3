import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs';
import { Generator, linear, matMul } from '@uniad/nn';

/** Prints how long products of the default model take on `wasm`, with tfjs's own operations and with this package's. */

type Product = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

const generator = new Generator(1);
const random = (shape: number[]): tf.Tensor =>
  tf.tensor(generator.fillNormal(new Float32Array(shape.reduce((a, b) => a * b)), 0, 1), shape);

/** The least of a few runs, in milliseconds of processor time, which other work on the machine hardly changes. */
function time(run: () => tf.Tensor | tf.Tensor[], runs: number): number {
  const times = Array.from({ length: runs }, () => {
    const start = process.cpuUsage();
    tf.dispose(tf.tidy(run));
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  });
  return Math.min(...times);
}

function report(what: string, theirs: Product, ours: Product, a: tf.Tensor, b: tf.Tensor): void {
  const gradient = (product: Product) => () => tf.grads((a, b) => tf.sum(product(a!, b!)))([a, b]);
  for (const [direction, before, after] of [
    ['forward', time(() => theirs(a, b), 3), time(() => ours(a, b), 7)],
    ['forward and gradient', time(gradient(theirs), 2), time(gradient(ours), 5)],
  ] as const) {
    console.log(
      `${what}, ${direction}: tfjs ${before.toFixed(1)} ms, here ${after.toFixed(1)} ms, ${(before / after).toFixed(1)} times faster`,
    );
  }
}

setWasmPaths(`${dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`);
tf.setBackend('wasm')
  .then(() => {
    report(
      '[64, 196, 32] x [64, 32, 196]',
      (a, b) => tf.matMul(a, b),
      (a, b) => matMul(a, b),
      random([64, 196, 32]),
      random([64, 32, 196]),
    );
    report(
      '[64, 196, 32] x [64, 196, 32] transposed',
      (a, b) => tf.matMul(a, b, false, true),
      (a, b) => matMul(a, b, false, true),
      random([64, 196, 32]),
      random([64, 196, 32]),
    );
    report(
      '[64, 196, 196] x [64, 196, 32]',
      (a, b) => tf.matMul(a, b),
      (a, b) => matMul(a, b),
      random([64, 196, 196]),
      random([64, 196, 32]),
    );
    report(
      'linear, [1568, 256] to 1024',
      (x, w) => tf.matMul(x, w, false, true),
      (x, w) => linear(x, w),
      random([1568, 256]),
      random([1024, 256]),
    );
  })
  .catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
