import * as tf from '@tensorflow/tfjs';
import type { Generator, NamedTensor, StateDict } from '@uniad/nn';
import { BackboneError } from '../error.js';
import type { Padding } from './padding.js';

/** A parameter of a network in PyTorch's layout; `null` stands for a size that is free. */
export interface ParameterSpec<Size extends number | null = number> {
  readonly name: string;
  readonly shape: readonly Size[];
}

export interface ConvolutionSpec {
  /** Name of the convolution in the state dict. */
  readonly name: string;
  /** Name and epsilon of the batch norm behind it; without one the convolution has a bias of its own. */
  readonly batchNorm?: { readonly name: string; readonly epsilon: number };
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernel: number;
  readonly stride: number;
  /** One filter a channel; inChannels and outChannels are equal. */
  readonly depthwise?: boolean;
  readonly padding: Padding;
  readonly activation?: 'relu';
}

interface Folded {
  readonly kernel: tf.Tensor4D; // [height, width, in, out], depthwise [height, width, channels, 1]
  readonly bias: tf.Tensor1D; // [out]
}

/** A frozen convolution into which `load` folds the batch norm behind it. */
export class Convolution {
  private folded: Folded | undefined;

  constructor(readonly spec: ConvolutionSpec) {}

  parameters(): ParameterSpec[] {
    const { name, batchNorm, outChannels } = this.spec;
    const weight = { name: `${name}.weight`, shape: this.weightShape() };
    if (!batchNorm) return [weight, { name: `${name}.bias`, shape: [outChannels] }];
    return [weight, ...batchNormParameters(batchNorm.name, outChannels)];
  }

  /** Random weights (normal, deviation sqrt(2 / fan out): He et al. 2015) and a batch norm that is the identity. */
  randomParameters(generator: Generator): [name: string, tensor: NamedTensor][] {
    const { outChannels, kernel, depthwise } = this.spec;
    const fanOut = (depthwise ? 1 : outChannels) * kernel * kernel;
    return this.parameters().map(({ name, shape }) => {
      const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
      if (shape.length > 1) generator.fillNormal(data, 0, Math.sqrt(2 / fanOut));
      else if (/\.(weight|running_var)$/.test(name)) data.fill(1);
      return [name, { shape, data }];
    });
  }

  /** Takes its parameters from a state dict that has been checked. */
  load(state: StateDict): void {
    const { name, batchNorm, outChannels } = this.spec;
    const { data } = entry(state, `${name}.weight`);
    const scale = new Float64Array(outChannels).fill(1);
    const bias = new Float32Array(outChannels);
    if (batchNorm) {
      const [gamma, beta, mean, variance] = batchNormParameters(batchNorm.name, outChannels).map(
        (parameter) => entry(state, parameter.name).data,
      ) as [Float32Array, Float32Array, Float32Array, Float32Array];
      for (let i = 0; i < outChannels; i++) {
        scale[i] = gamma[i]! / Math.sqrt(variance[i]! + batchNorm.epsilon);
        bias[i] = beta[i]! - mean[i]! * scale[i]!;
      }
    } else {
      bias.set(entry(state, `${name}.bias`).data);
    }
    this.dispose();
    this.folded = tf.tidy(() => ({
      kernel: tf.keep(tf.tensor4d(this.foldedKernel(data, scale), this.kernelShape())),
      bias: tf.keep(tf.tensor1d(bias)),
    }));
  }

  /** `[batch, height, width, inChannels]` to `[batch, height', width', outChannels]`. */
  forward(x: tf.Tensor4D): tf.Tensor4D {
    if (!this.folded) throw new BackboneError(`Expected weights for ${this.spec.name} but none were loaded`);
    const { stride, depthwise, padding, activation = 'linear' } = this.spec;
    const top = padding(x.shape[1]);
    const left = padding(x.shape[2]);
    const options = { x, filter: this.folded.kernel, strides: stride, bias: this.folded.bias, activation } as const;
    const pad = [...top, ...left].some((zeros) => zeros > 0)
      ? ([[0, 0], [...top], [...left], [0, 0]] as tf.backend_util.ExplicitPadding)
      : 'valid'; // for 'valid' the backends turn a 1x1 convolution into a matrix product
    if (!depthwise) return tf.fused.conv2d({ ...options, pad });
    // Explicit padding works here as well; only the typings of tfjs leave it out.
    return tf.fused.depthwiseConv2d({ ...options, pad: pad as 'valid' });
  }

  dispose(): void {
    this.folded?.kernel.dispose();
    this.folded?.bias.dispose();
    this.folded = undefined;
  }

  private weightShape(): [number, number, number, number] {
    const { outChannels, inChannels, kernel, depthwise } = this.spec;
    return [outChannels, depthwise ? 1 : inChannels, kernel, kernel];
  }

  private kernelShape(): [number, number, number, number] {
    const { outChannels, inChannels, kernel, depthwise } = this.spec;
    return depthwise ? [kernel, kernel, outChannels, 1] : [kernel, kernel, inChannels, outChannels];
  }

  /** PyTorch's [out, in, height, width] to tfjs's [height, width, in, out] (depthwise: [height, width, channels, 1]), scaled. */
  private foldedKernel(weight: Float32Array, scale: Float64Array): Float32Array {
    const [outChannels, inChannels, height, width] = this.weightShape();
    const area = height * width;
    const kernel = new Float32Array(weight.length);
    for (let out = 0, read = 0; out < outChannels; out++) {
      for (let inner = 0; inner < inChannels; inner++) {
        for (let cell = 0; cell < area; cell++, read++) {
          kernel[(cell * inChannels + inner) * outChannels + out] = weight[read]! * scale[out]!;
        }
      }
    }
    return kernel;
  }
}

/** Parameters of a batch norm, in the order weight, bias, mean, variance. */
export function batchNormParameters(name: string, channels: number): ParameterSpec[] {
  return ['weight', 'bias', 'running_mean', 'running_var'].map((part) => ({
    name: `${name}.${part}`,
    shape: [channels],
  }));
}

function entry(state: StateDict, name: string): NamedTensor {
  const tensor = state[name];
  if (!tensor) throw new BackboneError(`Expected a parameter named ${name} but there is none`);
  return tensor;
}
