import * as tf from '@tensorflow/tfjs';
import { unfused } from './fused.js';
import { sizeOf } from './shape.js';

/** How many multiply-adds a kernel does for each element of its output, from the shapes of its two operands. */
const perElement: Readonly<
  Record<string, (a: readonly number[], b: readonly number[], out: readonly number[]) => number>
> = {
  BatchMatMul: inner,
  _FusedMatMul: inner,
  Conv2D: taps,
  FusedConv2D: taps,
  DepthwiseConv2dNative: depthwiseTaps,
  FusedDepthwiseConv2D: depthwiseTaps,
};

/** The length k of the axis that a product `[m, k]` by `[k, n]` sums over, whichever matrix comes transposed: mk · kn / mn = k². */
function inner(a: readonly number[], b: readonly number[], out: readonly number[]): number {
  return Math.sqrt((sizeOf(a.slice(-2)) * sizeOf(b.slice(-2))) / sizeOf(out.slice(-2)));
}

/** Of a filter `[height, width, in, out]`. */
function taps(_: readonly number[], filter: readonly number[]): number {
  return sizeOf(filter.slice(0, 3));
}

/** Of a filter `[height, width, channels, multiplier]`. */
function depthwiseTaps(_: readonly number[], filter: readonly number[]): number {
  return sizeOf(filter.slice(0, 2));
}

/**
 * The multiply-adds of the matrix products and convolutions that `run` computes, counted from the kernels that it calls on the
 * current device; what is done element by element is not counted. The tensors that it makes are freed.
 *
 * One multiply-add is two floating-point operations.
 */
export async function multiplyAdds(run: () => unknown): Promise<number> {
  const { kernels } = await tf.profile(() =>
    tf.tidy(() => {
      unfused(run);
    }),
  );
  return kernels.reduce((sum, { name, inputShapes: [a, b], outputShapes: [out] }) => {
    const count = perElement[name];
    return count ? sum + sizeOf(out!) * count(a!, b!, out!) : sum;
  }, 0);
}
