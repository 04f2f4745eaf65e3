import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { DeviceError } from '../errors.js';
import { runEagerly } from './device.js';
import type { Compile, Device } from './device.js';

const require = createRequire(import.meta.url);

interface Starter {
  readonly name: string;
  /** Why somebody would want it, said when it is chosen. */
  readonly merit: string;
  /** Said when it cannot start and something slower is chosen. */
  readonly remedy?: string;
  /** Registers the device with tfjs; throws where it cannot run. */
  start(): Promise<Compile>;
}

/** Fastest first: `auto` takes the first that starts. */
const starters: readonly Starter[] = [
  { name: 'tensorflow', merit: "TensorFlow's native library", start: startTensorflow },
  { name: 'webgpu', merit: 'the graphics card', start: startWebgpu },
  {
    name: 'onnxruntime',
    merit: 'ONNX Runtime, whole graphs on every core',
    remedy: 'ONNXRUNTIME_NODE_INSTALL=skip npm i @uniad/tfjs-onnxruntime',
    start: startOnnxruntime,
  },
  { name: 'wasm', merit: 'WebAssembly, one core', start: startWasm },
  { name: 'cpu', merit: 'plain JavaScript, slow', start: async () => runEagerly },
];

/** The names that {@link selectDevice} takes, besides `auto`. */
export const deviceNames: readonly string[] = starters.map(({ name }) => name);

async function startTensorflow(): Promise<Compile> {
  try {
    require('@tensorflow/tfjs-node-gpu');
  } catch {
    require('@tensorflow/tfjs-node');
  }
  return runEagerly;
}

async function startWebgpu(): Promise<Compile> {
  if (!(globalThis.navigator && 'gpu' in globalThis.navigator)) {
    const { create, globals } = (await import('webgpu' as string)) as {
      create(options: string[]): unknown;
      globals: object;
    };
    Object.assign(globalThis, globals);
    // Node 20 has no `navigator`.
    if (!globalThis.navigator) Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true });
    Object.defineProperty(globalThis.navigator, 'gpu', { value: create([]), configurable: true });
  }
  await import('@tensorflow/tfjs-backend-webgpu' as string);
  return runEagerly;
}

async function startOnnxruntime(): Promise<Compile> {
  const { compile } = await import('@uniad/tfjs-onnxruntime');
  return compile;
}

async function startWasm(): Promise<Compile> {
  const wasm = await import('@tensorflow/tfjs-backend-wasm');
  wasm.setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + sep);
  return runEagerly;
}

/**
 * Makes a device the one that tfjs runs on. `auto` takes the first that starts: tensorflow, webgpu, onnxruntime, wasm,
 * cpu; the `reason` says which, and what a faster one lacks.
 *
 * @throws DeviceError when the name is unknown, or the named device cannot start here, with the reason
 */
export async function selectDevice(name: string = 'auto'): Promise<Device> {
  tf.env().set('PROD', true); // Else tfjs prints an advertisement for tfjs-node.
  if (name !== 'auto') {
    const starter = starters.find((candidate) => candidate.name === name);
    if (!starter)
      throw new DeviceError(
        `Expected one of auto, ${deviceNames.join(', ')} for device but received ${JSON.stringify(name)}`,
      );
    const result = await tryToStart(starter);
    if (typeof result === 'string') throw new DeviceError(`The device ${name} cannot start: ${result}`);
    return { name, reason: `device ${name}: ${starter.merit}`, compile: result };
  }
  const missed: string[] = [];
  for (const starter of starters) {
    const result = await tryToStart(starter);
    if (typeof result !== 'string') {
      const hint = missed.length > 0 ? `; ${missed.join('; ')}` : '';
      return { name: starter.name, reason: `device ${starter.name}: ${starter.merit}${hint}`, compile: result };
    }
    if (starter.remedy) missed.push(`for more speed: ${starter.remedy} (${result})`);
  }
  throw new DeviceError('No device can start, not even cpu');
}

/** The device's compile, or the reason why it cannot start, in one line. */
async function tryToStart(starter: Starter): Promise<Compile | string> {
  try {
    const compile = await starter.start();
    if (!(await tf.setBackend(starter.name))) return 'tfjs could not initialise it';
    await tf.ready();
    return compile;
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).split(/\n| imported from /)[0] ?? 'unknown reason';
  }
}
