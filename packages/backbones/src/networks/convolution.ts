import type * as tf from '@tensorflow/tfjs';
import { reachedPadding } from '@uniad/nn';
import type { Generator, NamedTensor, Padding, StateDict } from '@uniad/nn';
import { BackboneError } from '../error.js';
import type { Activation } from './activation.js';
import type { SidePadding } from './padding.js';

/** A convolution of a network, the batch norm behind it and its activation. */
export interface Convolution {
  /** In the state dict. */
  readonly name: string;
  /** Name and epsilon of the batch norm behind it; without one the convolution has a bias of its own. */
  readonly batchNorm?: { readonly name: string; readonly epsilon: number };
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernel: number;
  readonly stride: number;
  /** One filter a channel; inChannels and outChannels are equal. */
  readonly depthwise?: boolean;
  readonly padding: SidePadding;
  readonly activation?: Activation;
}

/** A parameter of a network in PyTorch's layout; `null` stands for a size that is free. */
export interface ParameterSpec<Size extends number | null = number> {
  readonly name: string;
  readonly shape: readonly Size[];
}

export function convolutionParameters(convolution: Convolution): ParameterSpec[] {
  const { name, batchNorm, outChannels } = convolution;
  const weight = { name: `${name}.weight`, shape: weightShape(convolution) };
  if (!batchNorm) return [weight, { name: `${name}.bias`, shape: [outChannels] }];
  return [weight, ...batchNormParameters(batchNorm.name, outChannels)];
}

/** In the order weight, bias, mean, variance. */
export function batchNormParameters(name: string, channels: number): ParameterSpec[] {
  return ['weight', 'bias', 'running_mean', 'running_var'].map((part) => ({
    name: `${name}.${part}`,
    shape: [channels],
  }));
}

export function weightShape(convolution: Convolution): [number, number, number, number] {
  const { outChannels, inChannels, kernel, depthwise } = convolution;
  return [outChannels, depthwise ? 1 : inChannels, kernel, kernel];
}

/** Random weights (normal, deviation sqrt(2 / fan out): He et al. 2015) and a batch norm that is the identity. */
export function randomParameters(
  convolution: Convolution,
  generator: Generator,
): [name: string, tensor: NamedTensor][] {
  const { outChannels, kernel, depthwise } = convolution;
  const fanOut = (depthwise ? 1 : outChannels) * kernel * kernel;
  return convolutionParameters(convolution).map(({ name, shape }) => {
    const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
    if (shape.length > 1) generator.fillNormal(data, 0, Math.sqrt(2 / fanOut));
    else if (/\.(weight|running_var)$/.test(name)) data.fill(1);
    return [name, { shape, data }];
  });
}

/** The padding around a map `[batch, height, width, inChannels]`. */
export function paddingAround({ kernel, stride, padding }: Convolution, { shape }: tf.Tensor4D): Padding {
  return reachedPadding(shape, kernel, stride, [padding(shape[1]), padding(shape[2])]);
}

/** The values of a parameter in a state dict that has been checked. */
export function valuesOf(state: StateDict, name: string): Float32Array {
  const tensor = state[name];
  if (!tensor) throw new BackboneError(`Expected a parameter named ${name} but there is none`);
  return tensor.data;
}
