import * as tf from '@tensorflow/tfjs';
import type { DeviceKernels } from '@uniad/nn';
import { OnnxRuntimeBackend } from './backend.js';
import { OnnxRuntimeError } from './errors.js';
import type { Value } from './graph.js';
import { LOWERINGS } from './lowerings/index.js';
import { positional, recordFused } from './fused.js';

export const BACKEND_NAME = 'onnxruntime';

/** These give another tensor on the same data, or make a few numbers: no session is quicker than that. */
const QUICKER_ON_CPU: ReadonlySet<string> = new Set([
  'Identity',
  'Reshape',
  'ExpandDims',
  'Fill',
  'ZerosLike',
  'OnesLike',
  'Range',
]);

/** Below `wasm`'s 2 and above `cpu`'s 1: nobody gets this backend without asking for it. */
const PRIORITY = 1.5;

/** On the factory of every copy of this package. */
const OURS = Symbol.for('@uniad/tfjs-onnxruntime');

/**
 * Registers the backend and its kernels with tfjs. Where a process holds two copies of this package, one imported and one
 * required, the second computes with what the first has registered.
 */
export function registerOnnxRuntime(): void {
  if (isRegistered()) return;
  tf.registerBackend(
    BACKEND_NAME,
    Object.assign(() => new OnnxRuntimeBackend(), { [OURS]: true }),
    PRIORITY,
  );
  const onCpu = new Map(tf.getKernelsForBackend('cpu').map((config) => [config.kernelName, config.kernelFunc]));
  for (const kernelName of new Set([...onCpu.keys(), ...Object.keys(LOWERINGS)])) {
    tf.registerKernel({ kernelName, backendName: BACKEND_NAME, kernelFunc: kernel(kernelName, onCpu.get(kernelName)) });
  }
  for (const [kernelName, run] of Object.entries(OWN_KERNELS)) {
    tf.registerKernel({ kernelName, backendName: BACKEND_NAME, kernelFunc: (call) => run(call as never) });
  }
}

/** The registered backend: throws when tfjs has another one, or none, under the name. */
export function onnxRuntimeBackend(): OnnxRuntimeBackend {
  if (!isRegistered())
    throw new OnnxRuntimeError(
      `Expected tfjs to have the backend ${BACKEND_NAME} of this package but it has ${tf.findBackendFactory(BACKEND_NAME) ? 'another' : 'none'} of that name`,
    );
  return tf.findBackend(BACKEND_NAME) as OnnxRuntimeBackend;
}

/** Not `instanceof`: the backend can be of another copy's class. */
function isRegistered(): boolean {
  const factory = tf.findBackendFactory(BACKEND_NAME) as { readonly [OURS]?: true } | null;
  return factory?.[OURS] === true;
}

function kernel(kernelName: string, onCpu: tf.KernelFunc | undefined): tf.KernelFunc {
  return (call) => {
    const backend = call.backend as OnnxRuntimeBackend;
    if (backend.recorder) return backend.recorder.run(kernelName, call);
    if (onCpu && QUICKER_ON_CPU.has(kernelName)) return onCpu(call);
    const result = backend.eager.run(kernelName, call);
    if (result) return result;
    if (!onCpu)
      throw new OnnxRuntimeError(
        `The kernel ${kernelName} has no lowering for these inputs and no implementation on cpu`,
      );
    // A cpu kernel may hand out a view of its input's memory.
    for (const info of Object.values(call.inputs)) if (info) exposeValues(backend, info as tf.TensorInfo);
    return onCpu(call);
  };
}

function exposeValues(backend: OnnxRuntimeBackend, { dataId }: tf.TensorInfo): void {
  backend.data.get(dataId).exposed = true;
}

type OwnKernel<Name extends keyof DeviceKernels> = (call: {
  readonly inputs: DeviceKernels[Name]['inputs'];
  readonly attrs: DeviceKernels[Name]['attributes'];
  readonly backend: OnnxRuntimeBackend;
}) => DeviceKernels[Name]['outputs'];

/** What `@uniad/nn` asks of a device beside tfjs's kernels; the third, `LayerNorm`, is one of the lowerings. */
const OWN_KERNELS: { readonly [Name in Exclude<keyof DeviceKernels, 'LayerNorm'>]: OwnKernel<Name> } = {
  Fused: ({ inputs, attrs, backend }) => {
    const lowering = (values: Readonly<Record<string, Value>>) => recordFused(backend, values, attrs);
    // Inside of a recording the function is a part of what is recorded.
    const together = backend.recorder ? undefined : backend.eager.run('Fused', { inputs, attrs }, lowering);
    if (together) return [together].flat();
    // Clones: an input that the function returns must become a tensor of its own.
    return tf.tidy(() =>
      attrs.fn(...positional(inputs as tf.NamedTensorMap, attrs.arity)).map((tensor) => tf.clone(tensor)),
    );
  },
  HostValues: ({ attrs, backend }) => {
    if (backend.recorder) return backend.recorder.hostValues(attrs);
    const values = backend.pool.take(attrs);
    attrs.fill(values as never);
    return backend.adopt(values, attrs.shape, attrs.dtype);
  },
};
