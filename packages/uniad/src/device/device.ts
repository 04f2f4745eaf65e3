import * as tf from '@tensorflow/tfjs';

/** A function of tensors that was made ready to be called many times with the same shapes. */
export interface CompiledFunction {
  (...inputs: tf.Tensor[]): tf.Tensor[];
  /** Frees what was compiled; calling the function afterwards is an error. */
  dispose(): void;
}

/** What products with trained weights are computed in. */
export const precisions = ['float32', 'int8'] as const;

/** What products with trained weights are computed in. */
export type Precision = (typeof precisions)[number];

/**
 * Turns a tfjs function into one that runs as a whole, where a device can; `freezeVariables` makes it inference only,
 * `threads` bounds what runs at once on a device that has threads of its own, and `precision` rounds on one that can.
 */
export type Compile = (
  fn: (...inputs: tf.Tensor[]) => tf.Tensor[],
  options?: { readonly freezeVariables?: boolean; readonly threads?: number; readonly precision?: Precision },
) => CompiledFunction;

/** The devices that there are, whether or not they start on this machine. */
export const deviceNames = ['tensorflow', 'webgpu', 'onnxruntime', 'wasm', 'cpu'] as const;

/** A device by name; not every one starts on every machine. */
export type DeviceName = (typeof deviceNames)[number];

/** Where the model runs. */
export interface Device {
  readonly name: DeviceName;
  /** One line: which device, and why. */
  readonly reason: string;
  readonly compile: Compile;
}

/** What a device computes products in where a model asks for `precision`: only `onnxruntime` has 8-bit integers. */
export function precisionOn({ name }: Pick<Device, 'name'>, precision: Precision = 'float32'): Precision {
  return name === 'onnxruntime' ? precision : 'float32';
}

/** The device as it is for a model: one that has not got its precision says so in its reason. */
export function deviceFor(device: Device, { precision }: { readonly precision?: Precision }): Device {
  if (precisionOn(device, precision) === (precision ?? 'float32')) return device;
  return {
    ...device,
    reason: `${device.reason}; computes this ${precision} model in float32, as all but onnxruntime do`,
  };
}

/** For devices that run op by op: the function itself, with its intermediate tensors freed. */
export const runEagerly: Compile = (fn) =>
  Object.assign((...inputs: tf.Tensor[]) => tf.tidy(() => fn(...inputs)), { dispose() {} });
