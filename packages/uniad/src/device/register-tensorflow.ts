import { createRequire } from 'node:module';
import util from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { runEagerly } from './device.js';
import { firstLine, loadPackage, NotInstalled } from './registration.js';
import type { Registration } from './registration.js';

const require = createRequire(import.meta.url);

const GPU_PACKAGE = '@tensorflow/tfjs-node-gpu';
const CPU_PACKAGE = '@tensorflow/tfjs-node';

/** TensorFlow tells the terminal of all that it does; what goes wrong is thrown all the same. */
const NO_LOG_LINES = '3';

/**
 * Loads TensorFlow's native library, for which there are two packages: the first of them that loads. A process keeps to the
 * libtensorflow that it has loaded, so the second is of no use after the first.
 *
 * @param options.needsGpu without a graphics card it throws, and the package that cannot have one is not even loaded
 * @throws what is wrong with the packages that are installed, each by its name
 */
export async function registerTensorflow(options: { readonly needsGpu?: boolean } = {}): Promise<Registration> {
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= NO_LOG_LINES;
  // tfjs-node 4.22 calls these in every operation. Node 22 prints a warning when they are called, Node 23 has neither.
  Object.assign(util, {
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isArray: Array.isArray,
  });
  await loadFirst(options.needsGpu ? [GPU_PACKAGE] : [GPU_PACKAGE, CPU_PACKAGE]);
  const backend = tf.findBackend('tensorflow') as { readonly isUsingGpuDevice?: boolean } | null;
  const gpu = backend?.isUsingGpuDevice === true;
  if (options.needsGpu && !gpu) throw new Error('no graphics card');
  return { compile: runEagerly, merit: `TensorFlow's native library on the ${gpu ? 'graphics card' : 'CPU'}` };
}

async function loadFirst(packages: readonly string[]): Promise<void> {
  const broken: string[] = [];
  for (const name of packages) {
    try {
      await loadPackage(name, require);
      return;
    } catch (error) {
      if (!(error instanceof NotInstalled)) broken.push(firstLine(error));
    }
  }
  if (broken.length > 0) throw new Error(broken.join('; '));
  throw new NotInstalled(packages.join(' or '));
}
