import * as tf from '@tensorflow/tfjs';
import { padForWindow } from '@uniad/nn';
import type { StateDict } from '@uniad/nn';
import { activate } from './networks/activation.js';
import { batchNormParameters, paddingAround, valuesOf, weightShape } from './networks/convolution.js';
import type { Convolution } from './networks/convolution.js';

/** A frozen convolution into which the batch norm behind it is folded. */
export class FoldedConvolution {
  private readonly filter: tf.Tensor4D; // [height, width, in, out], depthwise [height, width, channels, 1]
  private readonly bias: tf.Tensor1D; // [out]

  /** Takes its parameters from a state dict that has been checked. */
  constructor(
    private readonly convolution: Convolution,
    state: StateDict,
  ) {
    const { kernel, inChannels, outChannels, depthwise } = convolution;
    const { scale, bias } = scaleAndBias(convolution, state);
    const shape: [number, number, number, number] = depthwise
      ? [kernel, kernel, outChannels, 1]
      : [kernel, kernel, inChannels, outChannels];
    this.filter = tf.keep(tf.tensor4d(foldedFilter(convolution, state, scale), shape));
    this.bias = tf.keep(tf.tensor1d(bias));
  }

  /** `[batch, height, width, inChannels]` to `[batch, height', width', outChannels]`. */
  forward(x: tf.Tensor4D): tf.Tensor4D {
    const { kernel, stride, depthwise, activation } = this.convolution;
    const isKernels = activation === 'relu' || activation === 'relu6';
    const options = {
      ...padForWindow(x, kernel, stride, paddingAround(this.convolution, x)),
      filter: this.filter,
      strides: stride,
      bias: this.bias,
      activation: isKernels ? activation : 'linear',
    } as const;
    const y = depthwise ? tf.fused.depthwiseConv2d(options) : tf.fused.conv2d(options);
    return isKernels ? y : activate(y, activation);
  }

  dispose(): void {
    this.filter.dispose();
    this.bias.dispose();
  }
}

/** What the batch norm multiplies each channel with and adds to it. */
function scaleAndBias(
  { name, batchNorm, outChannels }: Convolution,
  state: StateDict,
): { scale: Float64Array; bias: Float32Array } {
  const scale = new Float64Array(outChannels).fill(1);
  if (!batchNorm) return { scale, bias: Float32Array.from(valuesOf(state, `${name}.bias`)) };
  const bias = new Float32Array(outChannels);
  const [gamma, beta, mean, variance] = batchNormParameters(batchNorm.name, outChannels).map((parameter) =>
    valuesOf(state, parameter.name),
  ) as [Float32Array, Float32Array, Float32Array, Float32Array];
  for (let i = 0; i < outChannels; i++) {
    scale[i] = gamma[i]! / Math.sqrt(variance[i]! + batchNorm.epsilon);
    bias[i] = beta[i]! - mean[i]! * scale[i]!;
  }
  return { scale, bias };
}

/** PyTorch's [out, in, height, width] to tfjs's [height, width, in, out] (depthwise: [height, width, channels, 1]), scaled. */
function foldedFilter(convolution: Convolution, state: StateDict, scale: Float64Array): Float32Array {
  const weight = valuesOf(state, `${convolution.name}.weight`);
  const [outChannels, inChannels, height, width] = weightShape(convolution);
  const area = height * width;
  const filter = new Float32Array(weight.length);
  for (let out = 0, read = 0; out < outChannels; out++) {
    for (let inner = 0; inner < inChannels; inner++) {
      for (let cell = 0; cell < area; cell++, read++) {
        filter[(cell * inChannels + inner) * outChannels + out] = weight[read]! * scale[out]!;
      }
    }
  }
  return filter;
}
