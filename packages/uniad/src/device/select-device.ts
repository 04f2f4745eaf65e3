import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { DeviceError } from '../errors.js';
import { deviceNames, runEagerly } from './device.js';
import type { Device, DeviceName } from './device.js';
import { registerTensorflow } from './register-tensorflow.js';
import { registerWebgpu } from './register-webgpu.js';
import { firstLine, loadPackage, NotInstalled } from './registration.js';
import type { Registration } from './registration.js';

const require = createRequire(import.meta.url);

interface Candidate {
  readonly name: DeviceName;
  /** Registers the device with tfjs; throws where it cannot run. */
  readonly register: () => Promise<Registration>;
  /** Said when it cannot start and something slower is chosen. */
  readonly remedy?: string;
}

/**
 * Fastest first: `auto` takes the first that starts. TensorFlow on a CPU is half as fast as ONNX Runtime, so the package that
 * has only that is not even loaded before. WebGPU in software is the slowest of all.
 */
const candidates: readonly Candidate[] = [
  { name: 'tensorflow', register: () => registerTensorflow({ needsGpu: true }) },
  { name: 'webgpu', register: () => registerWebgpu({ needsGpu: true }) },
  {
    name: 'onnxruntime',
    register: registerOnnxruntime,
    remedy: 'ONNXRUNTIME_NODE_INSTALL=skip npm i @uniad/tfjs-onnxruntime',
  },
  { name: 'tensorflow', register: registerTensorflow },
  { name: 'wasm', register: registerWasm },
  { name: 'cpu', register: async () => ({ compile: runEagerly, merit: 'plain JavaScript, slow' }) },
  { name: 'webgpu', register: registerWebgpu },
];

async function registerOnnxruntime(): Promise<Registration> {
  const { compile } = await loadPackage('@uniad/tfjs-onnxruntime', () => import('@uniad/tfjs-onnxruntime'));
  return { compile, merit: 'ONNX Runtime, whole graphs on every core' };
}

async function registerWasm(): Promise<Registration> {
  const wasm = await import('@tensorflow/tfjs-backend-wasm');
  wasm.setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + sep);
  return { compile: runEagerly, merit: 'WebAssembly, one core' };
}

/**
 * Makes a device the one that tfjs runs on, and computes a small product there. `auto` takes the fastest that starts:
 * tensorflow or webgpu where they have a graphics card, else onnxruntime, tensorflow, wasm, cpu; the `reason` says which, and
 * what keeps a faster one from it.
 *
 * @throws DeviceError when the name is unknown, or the named device cannot start here, with the reason; tfjs then runs on
 * what it ran on before
 */
export async function selectDevice(name: DeviceName | 'auto' = 'auto'): Promise<Device> {
  tf.env().set('PROD', true); // Else tfjs prints an advertisement for tfjs-node.
  const previous = tf.getBackend() as string | undefined;
  try {
    return await (name === 'auto' ? startFastest() : startNamed(name));
  } catch (error) {
    if (previous) await tf.setBackend(previous);
    throw error;
  }
}

async function startNamed(name: DeviceName): Promise<Device> {
  const candidate = candidates.findLast((other) => other.name === name);
  if (!candidate)
    throw new DeviceError(
      `Expected one of auto, ${deviceNames.join(', ')} for device but received ${JSON.stringify(name)}`,
    );
  try {
    const registration = await candidate.register();
    await start(name);
    return { name, reason: `device ${name}: ${registration.merit}`, compile: registration.compile };
  } catch (error) {
    throw new DeviceError(`The device ${name} cannot start: ${firstLine(error)}`, { cause: error });
  }
}

async function startFastest(): Promise<Device> {
  const missed = new Set<string>();
  for (const { name, register, remedy } of candidates) {
    try {
      const { compile, merit } = await register();
      await start(name);
      return { name, reason: [`device ${name}: ${merit}`, ...missed].join('; '), compile };
    } catch (error) {
      if (remedy) missed.add(`for more speed: ${remedy} (${firstLine(error)})`);
      else if (!(error instanceof NotInstalled)) missed.add(`${name}: ${firstLine(error)}`);
    }
  }
  throw new DeviceError(['No device can start, not even cpu', ...missed].join('; '));
}

/** Has tfjs run on a device; throws unless a small product comes out right: some load well and then fail at everything. */
async function start(name: DeviceName): Promise<void> {
  if (!(await tf.setBackend(name))) {
    // tfjs keeps the reason to itself: the second try throws it.
    await tf.findBackendFactory(name)();
    throw new Error('tfjs could not initialise it');
  }
  const product = tf.tidy(() => tf.matMul(tf.tensor2d([[1, 2], [3, 4]]), tf.tensor2d([[5], [6]]))); // prettier-ignore
  try {
    const values = [...(await product.data())];
    if (values.join() !== '17,39') throw new Error(`a product that is 17, 39 came out as ${values.join(', ')}`);
  } finally {
    product.dispose();
  }
}
