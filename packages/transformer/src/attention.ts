import * as tf from '@tensorflow/tfjs';
import { keptMask, linear, matMul, withGradient, xavierUniform, zeros } from '@uniad/nn';
import type { Generator, Parameters } from '@uniad/nn';
import { TransformerError } from './error.js';

/**
 * Softmax(q kᵀ / √depth + mask), dropped out at `rate` when a generator is given, times v.
 *
 * The gradient is written by hand: with o the output and d the dropped-out weights, the gradient of a logit is
 * d·(∂o vᵀ) - p·rowsum(∂o·o), which reads the [queries, keys] matrices as few times as possible.
 *
 * @param q `[batch, queries, depth]`; k and v are `[batch, keys, depth]`, heads counted in the batch
 * @param mask `[queries, keys]`, added to every logit
 * @returns `[batch, queries, depth]`
 */
export function scaledDotProductAttention(
  q: tf.Tensor3D,
  k: tf.Tensor3D,
  v: tf.Tensor3D,
  mask: tf.Tensor2D | undefined,
  rate: number,
  generator: Generator | undefined,
): tf.Tensor3D {
  const scale = 1 / Math.sqrt(q.shape[2]);
  const dropping = generator !== undefined && rate > 0;
  const share = dropping ? 1 - rate : 1; // of the weights that are kept
  const dropped = (weights: tf.Tensor, kept: tf.Tensor) => tf.mul(weights, tf.cast(kept, 'float32'));
  const output = tf.tidy(() =>
    withGradient({
      name: `attention ${scale} ${share}`,
      inputs: [q, k, v],
      constants: [mask, dropping ? keptMask([q.shape[0], q.shape[1], k.shape[1]], rate, generator) : undefined],
      forward: (q, k, v, mask?: tf.Tensor, kept?: tf.Tensor) => {
        const scaled = tf.mul(q, scale); // [n, queries, depth]
        const logits = matMul(scaled, k, false, true); // [n, queries, keys]
        const weights = tf.softmax(mask ? tf.add(logits, mask) : logits);
        const product = matMul(kept ? dropped(weights, kept) : weights, v); // [n, queries, depth]
        const value = kept ? tf.div(product, share) : product;
        return [value, scaled, k, v, value, weights, ...(kept ? [kept] : [])];
      },
      backward: (dy, scaled, k, v, value, weights, kept?: tf.Tensor) => {
        const rowSum = tf.sum(tf.mul(dy, value), -1, true); // [n, queries, 1]
        const outer = kept ? tf.div(dy, share) : dy;
        const used = kept ? dropped(weights, kept) : weights;
        const dWeights = matMul(outer, v, false, true); // [n, queries, keys]
        const dLogits = kept
          ? tf.sub(tf.mul(used, dWeights), tf.mul(weights, rowSum))
          : tf.mul(weights, tf.sub(dWeights, rowSum));
        // (aᵀ b)ᵀ for bᵀ a: only the narrow matrix is read across its rows, which is several times as slow.
        const product = (b: tf.Tensor, a: tf.Tensor) => tf.transpose(matMul(a, b, true, false), [0, 2, 1]); // [n, keys, depth]
        return [tf.mul(matMul(dLogits, k), scale), product(dLogits, scaled), product(used, outer)];
      },
    }),
  );
  return output as tf.Tensor3D;
}

/** Multi-head attention with a learned linear map on query, key, value and output; its parameters are named as in PyTorch. */
export class MultiheadAttention {
  readonly inProjWeight: tf.Variable; // [3 width, width]: query, key and value stacked
  readonly inProjBias: tf.Variable; // [3 width]
  readonly outProjWeight: tf.Variable; // [width, width]
  readonly outProjBias: tf.Variable; // [width]

  /** @throws TransformerError when the width cannot be split among the heads */
  constructor(
    parameters: Parameters,
    readonly width: number,
    readonly heads: number,
    readonly dropoutRate: number,
    generator: Generator,
  ) {
    if (width % heads !== 0) {
      throw new TransformerError(`Expected hiddenDim to be a multiple of heads (${heads}) but received ${width}`);
    }
    // Xavier over the stacked matrix, as torch.nn.MultiheadAttention does.
    this.inProjWeight = parameters.create('in_proj_weight', [3 * width, width], xavierUniform(generator));
    this.inProjBias = parameters.create('in_proj_bias', [3 * width], zeros);
    this.outProjWeight = parameters.create('out_proj.weight', [width, width], xavierUniform(generator));
    this.outProjBias = parameters.create('out_proj.bias', [width], zeros);
  }

  /**
   * Any of the three may have a batch of 1 (a learned query): it is projected once and shared.
   *
   * @param query `[batch, queries, width]`
   * @param key `[batch, keys, width]`
   * @param value `[batch, keys, width]`
   * @param mask `[queries, keys]`, added to the logits
   * @param generator draws the dropout of the attention weights; absent in evaluation
   * @returns `[batch, queries, width]`
   */
  forward(
    query: tf.Tensor3D,
    key: tf.Tensor3D,
    value: tf.Tensor3D,
    mask?: tf.Tensor2D,
    generator?: Generator,
  ): tf.Tensor3D {
    const [weightQ, weightK, weightV] = tf.split(this.inProjWeight, 3, 0) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
    const [biasQ, biasK, biasV] = tf.split(this.inProjBias, 3, 0) as [tf.Tensor1D, tf.Tensor1D, tf.Tensor1D];
    const batch = Math.max(query.shape[0], key.shape[0], value.shape[0]);
    const heads = (x: tf.Tensor3D, weight: tf.Tensor2D, bias: tf.Tensor1D) => {
      const projected = linear(x, weight, bias) as tf.Tensor3D;
      const repeated = x.shape[0] < batch ? tf.tile(projected, [batch, 1, 1]) : projected;
      return this.splitHeads(repeated); // [batch heads, tokens, depth]
    };
    const [q, k, v] = [heads(query, weightQ, biasQ), heads(key, weightK, biasK), heads(value, weightV, biasV)];
    const attended = scaledDotProductAttention(q, k, v, mask, this.dropoutRate, generator);
    return linear(this.mergeHeads(attended, batch), this.outProjWeight, this.outProjBias) as tf.Tensor3D;
  }

  /** `[batch, tokens, width]` to `[batch heads, tokens, depth]`. */
  private splitHeads(x: tf.Tensor3D): tf.Tensor3D {
    const [batch, tokens, width] = x.shape;
    const split = tf.transpose(tf.reshape(x, [batch, tokens, this.heads, width / this.heads]), [0, 2, 1, 3]);
    return tf.reshape(split, [batch * this.heads, tokens, width / this.heads]);
  }

  /** `[batch heads, tokens, depth]` to `[batch, tokens, width]`. */
  private mergeHeads(x: tf.Tensor3D, batch: number): tf.Tensor3D {
    const [, tokens, depth] = x.shape;
    const split = tf.transpose(tf.reshape(x, [batch, this.heads, tokens, depth]), [0, 2, 1, 3]);
    return tf.reshape(split, [batch, tokens, this.width]);
  }
}
