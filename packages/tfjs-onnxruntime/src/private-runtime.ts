import { createRequire } from 'node:module';
import { isMainThread } from 'node:worker_threads';
import { Tensor } from 'onnxruntime-node';
import type * as Private from 'onnxruntime-node/dist/binding.js';
import { STOP_SHAPE } from './runtime.js';
import type { Runtime } from './runtime.js';

type LoadOptions = Parameters<InstanceType<typeof Private.binding.InferenceSession>['loadModel']>[3];

const ERRORS_ONLY = 3;
const STOP = 'the outputs are in the arrays that were given for them';

/**
 * The binding writes outputs into the arrays that it is given, and then copies each once more into a new `Tensor`, which doubles
 * the cost of element-wise work: refusing to make a `Tensor` of one shape, that of a first output, ends this after one number.
 * All other users of onnxruntime-node in the process get their tensors as ever.
 */
const stoppingTensor = new Proxy(Tensor, {
  construct(target, parameters: unknown[], newTarget) {
    const dims = parameters[2];
    if (Array.isArray(dims) && dims.length === STOP_SHAPE.length) throw new RangeError(STOP);
    return Reflect.construct(target, parameters, newTarget) as object;
  },
});

/**
 * The synchronous binding below onnxruntime-node's public API, which is asynchronous. The package does not document it:
 * `runtime.test.ts` names the version that this file was checked with.
 * Throws where the binding is not there.
 */
export function privateRuntime(): Runtime {
  const { binding } = createRequire(import.meta.url)('onnxruntime-node/dist/binding.js') as typeof Private;
  return {
    load(model, options) {
      binding.initOrtOnce(ERRORS_ONLY, stoppingTensor, isMainThread);
      const session = new binding.InferenceSession();
      session.loadModel(model.buffer, model.byteOffset, model.byteLength, options as LoadOptions);
      return {
        run(feeds, fetches) {
          try {
            // Four fields are read, and no instance of `Tensor` is asked for, whose checks cost more than a small run.
            session.run(feeds as never, fetches as never, {});
          } catch (error) {
            if (!String(error).includes(STOP)) throw error;
          }
        },
        dispose: () => session.dispose(),
      };
    },
  };
}
