import { spawnSync } from 'node:child_process';
import type { SpawnSyncReturns } from 'node:child_process';
import type { DeviceName } from '@uniad/core';

/** Starts a device in a process of its own, which prints the reason and nothing else: all other output is the device's. */
export function startAlone(name: DeviceName | 'auto'): SpawnSyncReturns<string> {
  const program =
    "import('@uniad/core').then(async (core) => console.log((await core.selectDevice(process.argv[1])).reason))";
  const args = ['--conditions=@uniad/source', '--import', 'tsx', '--eval', program, name];
  // Not what a device that started in this process has set, nor what makes Node print of its own.
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: undefined, FORCE_COLOR: undefined };
  return spawnSync(process.execPath, args, { cwd: __dirname, encoding: 'utf8', env });
}

function installed(name: string): boolean {
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** TensorFlow where it starts. Tests are listed before anything asynchronous could be asked, hence in another process. */
const tensorflow: DeviceName[] =
  ['@tensorflow/tfjs-node', '@tensorflow/tfjs-node-gpu'].some(installed) && startAlone('tensorflow').status === 0
    ? ['tensorflow']
    : [];

/** What to test on: what every machine has, and TensorFlow where it starts. WebGPU in software is too slow for that. */
export const devices: readonly DeviceName[] = ['cpu', 'wasm', 'onnxruntime', ...tensorflow];
