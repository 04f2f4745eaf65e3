import * as tf from '@tensorflow/tfjs';

/** What a callback of {@link hostValues} fills. */
export interface HostArrays {
  readonly float32: Float32Array;
  readonly int32: Int32Array;
  readonly bool: Uint8Array;
}

/** A callback that writes every element of an array; what that holds before is anything. */
export type HostValuesAttributes = {
  readonly [Type in keyof HostArrays]: {
    /** Writes the values, row-major. */
    readonly fill: (values: HostArrays[Type]) => void;
    readonly shape: readonly number[];
    readonly dtype: Type;
  };
}[keyof HostArrays];

/** A function of tensors; functions of one name are the same function. */
export interface FusedAttributes {
  readonly name: string;
  /** Computes the same op by op, where the device has no kernel of the name. */
  readonly fn: (...inputs: tf.Tensor[]) => tf.Tensor[];
  /** How many positions `fn` has; those without an input are `undefined`. */
  readonly arity: number;
}

/**
 * Kernels that a tfjs device can bring beside tfjs's own; everything here does without where it brings none. A device that
 * implements them takes this type as its contract, by name.
 */
export interface DeviceKernels {
  /** Runs a function of tensors in one go; inputs by their position. */
  readonly Fused: {
    readonly inputs: Readonly<Record<number, tf.TensorInfo>>;
    readonly attributes: FusedAttributes;
    readonly outputs: tf.TensorInfo[];
  };
  /** A tensor that JavaScript writes: on a device that records graphs an input of the graph, written anew before every run. */
  readonly HostValues: {
    readonly inputs: Readonly<Record<never, tf.TensorInfo>>;
    readonly attributes: HostValuesAttributes;
    readonly outputs: tf.TensorInfo;
  };
  /** Over the last axis of `x`; the mean and 1 / deviation have 1 there. */
  readonly LayerNorm: {
    readonly inputs: Readonly<Record<'x' | 'gamma' | 'beta', tf.TensorInfo>>;
    readonly attributes: { readonly epsilon: number };
    readonly outputs: [y: tf.TensorInfo, mean: tf.TensorInfo, inverseDeviation: tf.TensorInfo];
  };
}

type AsTensors<Infos> = Infos extends tf.TensorInfo ? tf.Tensor : { [Name in keyof Infos]: tf.Tensor };

/** Runs a kernel of the current device, or gives `undefined` where it has none of that name. */
export function runDeviceKernel<Name extends keyof DeviceKernels>(
  name: Name,
  inputs: AsTensors<DeviceKernels[Name]['inputs']>,
  attributes: DeviceKernels[Name]['attributes'],
): AsTensors<DeviceKernels[Name]['outputs']> | undefined {
  if (!tf.getKernel(name, tf.getBackend())) return undefined;
  // tfjs's own types allow neither functions as attributes nor a tuple of outputs.
  const outputs: unknown = tf
    .engine()
    .runKernel(name, inputs as tf.NamedTensorMap, attributes as object as tf.NamedAttrMap);
  return outputs as AsTensors<DeviceKernels[Name]['outputs']>;
}
