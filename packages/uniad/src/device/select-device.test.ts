import util from 'node:util';
import * as tf from '@tensorflow/tfjs';
import * as onnxruntime from '@uniad/tfjs-onnxruntime';
import { devices, startAlone } from '../../test/devices.js';
import { DeviceError } from '../errors.js';
import { deviceNames } from './device.js';
import type { DeviceName } from './device.js';
import { selectDevice } from './select-device.js';

const OPTIONAL = [
  '@tensorflow/tfjs-node-gpu',
  '@tensorflow/tfjs-node',
  'webgpu',
  '@tensorflow/tfjs-backend-webgpu',
] as const;
type Optional = (typeof OPTIONAL)[number] | '@uniad/tfjs-onnxruntime';

/** `selectDevice` on a machine where of the optional packages those are installed that are given, which do as their function. */
async function on(installed: Partial<Record<Optional, () => object>>): Promise<typeof selectDevice> {
  jest.resetModules();
  const packages: Partial<Record<Optional, () => object>> = {
    '@uniad/tfjs-onnxruntime': () => onnxruntime,
    ...installed,
  };
  for (const name of [...OPTIONAL, '@uniad/tfjs-onnxruntime'] as const) {
    const missing = () => {
      throw Object.assign(new Error(`Cannot find module '${name}' imported from here\nRequire stack:`), {
        code: 'MODULE_NOT_FOUND',
      });
    };
    jest.doMock(name, packages[name] ?? missing, { virtual: true });
  }
  jest.doMock('@tensorflow/tfjs', () => tf);
  return (await import('./select-device.js')).selectDevice;
}

/** What a package does when it is loaded: registers tfjs's own `cpu` kernels under another name. */
function backend(name: DeviceName, { gpu = false, product }: { gpu?: boolean; product?: tf.KernelFunc } = {}) {
  return () => {
    const Backend = tf.findBackend('cpu').constructor as new () => tf.KernelBackend;
    tf.registerBackend(name, () => Object.assign(new Backend(), { isUsingGpuDevice: gpu }));
    tf.copyRegisteredKernels('cpu', name);
    if (product) tf.registerKernel({ kernelName: 'BatchMatMul', backendName: name, kernelFunc: product });
    return {};
  };
}

function broken(message: string) {
  return (): never => {
    throw new Error(message);
  };
}

/** The package `webgpu` on a machine with such an adapter. */
function dawn(info: object | null) {
  const described = info && { info: { vendor: '', architecture: '', device: '', description: '', ...info } };
  return () => ({ create: () => ({ requestAdapter: async () => described }), globals: { GPUBufferUsage: {} } });
}
const webgpu = { '@tensorflow/tfjs-backend-webgpu': backend('webgpu') };

beforeAll(() => tf.setBackend('cpu'));
afterEach(async () => {
  await tf.setBackend('cpu');
  for (const name of ['tensorflow', 'webgpu'] as const) {
    if (tf.findBackendFactory(name)) tf.removeBackend(name);
    for (const { kernelName } of tf.getKernelsForBackend(name)) tf.unregisterKernel(kernelName, name);
  }
  if ('navigator' in globalThis) Reflect.deleteProperty(globalThis.navigator, 'gpu');
});

describe('a device that is named', () => {
  test.each(devices)('starts: %s, and says so in one line, with nothing else on the terminal', (name) => {
    const { status, stdout, stderr } = startAlone(name);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(new RegExp(`^device ${name}: .+\n$`));
  });

  test.each(['wasm', 'cpu', 'onnxruntime'] as const)('is what tfjs runs on: %s', async (name) => {
    const before = tf.memory().numTensors;
    const device = await selectDevice(name);
    expect([device.name, tf.getBackend()]).toEqual([name, name]);
    expect(tf.memory().numTensors).toBe(before);
    const [sum] = device.compile((x) => [tf.add(x!, 1)])(tf.tensor1d([1, 2]));
    expect(Array.from(await sum!.data())).toEqual([2, 3]);
  });

  test('is refused when nobody knows it, with the known ones', async () => {
    // @ts-expect-error The names are a type, which an editor completes.
    const unknown: DeviceName = 'abacus';
    await expect(selectDevice(unknown)).rejects.toThrow(DeviceError);
    await expect(selectDevice(unknown)).rejects.toThrow(
      `Expected one of auto, ${deviceNames.join(', ')} for device but received "abacus"`,
    );
  });

  test.each<[DeviceName, string, Partial<Record<Optional, () => object>>]>([
    ['tensorflow', '@tensorflow/tfjs-node-gpu or @tensorflow/tfjs-node is not installed', {}],
    [
      'tensorflow',
      '@tensorflow/tfjs-node-gpu: libcudart.so.11: cannot open shared object file',
      { '@tensorflow/tfjs-node-gpu': broken('libcudart.so.11: cannot open shared object file\nand more') },
    ],
    [
      'tensorflow',
      '@tensorflow/tfjs-node-gpu: no CUDA; @tensorflow/tfjs-node: no addon',
      { '@tensorflow/tfjs-node-gpu': broken('no CUDA'), '@tensorflow/tfjs-node': broken('no addon') },
    ],
    [
      'tensorflow',
      "@tensorflow/tfjs-node: Cannot find module '@mapbox/node-pre-gyp'",
      { '@tensorflow/tfjs-node': broken("Cannot find module '@mapbox/node-pre-gyp'") },
    ],
    ['tensorflow', 'no cuDNN', { '@tensorflow/tfjs-node': backend('tensorflow', { product: broken('no cuDNN') }) }],
    [
      'tensorflow',
      'a product that is 17, 39 came out as 17, 40',
      { '@tensorflow/tfjs-node': backend('tensorflow', { product: () => tf.tensor3d([17, 40], [1, 2, 1]) }) },
    ],
    ['webgpu', 'webgpu is not installed', {}],
    ['webgpu', 'webgpu: GLIBC_2.38 not found', { webgpu: broken('GLIBC_2.38 not found') }],
    ['webgpu', 'no WebGPU adapter on this machine', { webgpu: dawn(null) }],
    ['webgpu', '@tensorflow/tfjs-backend-webgpu is not installed', { webgpu: dawn({}) }],
    [
      'onnxruntime',
      '@uniad/tfjs-onnxruntime: wrong ELF class',
      { '@uniad/tfjs-onnxruntime': broken('wrong ELF class') },
    ],
  ])('that cannot start gives its own reason: %s, %s', async (name, reason, installed) => {
    const select = await on(installed);
    const error = await select(name).catch((thrown: unknown) => thrown as Error);
    expect(error).toMatchObject({ name: 'DeviceError' });
    expect((error as Error).message).toMatch(/^[^\n]+$/);
    expect((error as Error).message).toContain(`The device ${name} cannot start: ${reason}`);
    expect(tf.getBackend()).toBe('cpu');
    expect(Object.keys(globalThis)).not.toContain('GPUBufferUsage');
    expect('navigator' in globalThis && 'gpu' in globalThis.navigator).toBe(false);
  });

  test('starts: a tensorflow that calls what Node 23 has no more, and asks the environment how much to print', async () => {
    const onNode23 = { isNullOrUndefined: undefined, isArray: undefined };
    Object.assign(util, onNode23);
    const asked: (string | undefined)[] = [];
    const load = backend('tensorflow', {
      product: ({ inputs }) => {
        const { isNullOrUndefined, isArray } = util as unknown as Record<string, (value: unknown) => boolean>;
        const right = !isNullOrUndefined!(inputs['a']) && isNullOrUndefined!(null) && isArray!([]) && !isArray!('');
        return tf.tensor3d(right ? [17, 39] : [0, 0], [1, 2, 1]);
      },
    });
    const select = await on({
      '@tensorflow/tfjs-node': () => {
        asked.push(process.env['TF_CPP_MIN_LOG_LEVEL']);
        return load();
      },
    });
    delete process.env['TF_CPP_MIN_LOG_LEVEL'];
    expect((await select('tensorflow')).name).toBe('tensorflow');
    expect(asked).toEqual(['3']);
  });

  test('that tfjs cannot initialise gives the reason that tfjs keeps to itself', async () => {
    const select = await on({
      webgpu: dawn({}),
      '@tensorflow/tfjs-backend-webgpu': () => {
        tf.registerBackend('webgpu', () => Promise.reject(new Error('device lost')));
        return {};
      },
    });
    await expect(select('webgpu')).rejects.toThrow('The device webgpu cannot start: device lost');
  });

  test.each<[object, string]>([
    [{ isFallbackAdapter: true, description: 'Some driver' }, 'WebGPU in software, slow (Some driver)'],
    [{ architecture: 'swiftshader', device: 'subzero' }, 'WebGPU in software, slow (subzero)'],
    [
      { description: 'llvmpipe (LLVM 15.0.6, 256 bits)' },
      'WebGPU in software, slow (llvmpipe (LLVM 15.0.6, 256 bits))',
    ],
    [{ vendor: 'nvidia', architecture: 'ampere' }, 'the graphics card through WebGPU (nvidia ampere)'],
  ])('tells a graphics card from a program: %o', async (info, merit) => {
    const select = await on({ webgpu: dawn(info), ...webgpu });
    expect((await select('webgpu')).reason).toBe(`device webgpu: ${merit}`);
  });
});

describe('auto', () => {
  const onGpu = { '@tensorflow/tfjs-node-gpu': backend('tensorflow', { gpu: true }) };
  const gpuPackageOnCpu = { '@tensorflow/tfjs-node-gpu': backend('tensorflow') };
  const ORT = 'device onnxruntime: ONNX Runtime, whole graphs on every core';
  const noOrt = { '@uniad/tfjs-onnxruntime': broken('wrong ELF class') };
  const MISSED =
    'for more speed: ONNXRUNTIME_NODE_INSTALL=skip npm i @uniad/tfjs-onnxruntime (@uniad/tfjs-onnxruntime: wrong ELF class)';

  test.each<[string, Partial<Record<Optional, () => object>>, string]>([
    ['with nothing optional', {}, ORT],
    [
      'with TensorFlow on a graphics card',
      onGpu,
      "device tensorflow: TensorFlow's native library on the graphics card",
    ],
    ['with TensorFlow on a CPU', gpuPackageOnCpu, `${ORT}; tensorflow: no graphics card`],
    [
      'with a TensorFlow that loads and computes nothing',
      { '@tensorflow/tfjs-node-gpu': backend('tensorflow', { gpu: true, product: broken('no cuDNN') }) },
      `${ORT}; tensorflow: no cuDNN`,
    ],
    [
      'with a broken TensorFlow',
      { '@tensorflow/tfjs-node-gpu': broken('no addon') },
      `${ORT}; tensorflow: @tensorflow/tfjs-node-gpu: no addon`,
    ],
    [
      'with WebGPU on a graphics card',
      { webgpu: dawn({ description: 'GeForce' }), ...webgpu },
      'device webgpu: the graphics card through WebGPU (GeForce)',
    ],
    [
      'with WebGPU in software',
      { webgpu: dawn({ isFallbackAdapter: true, description: 'SwiftShader' }), ...webgpu },
      `${ORT}; webgpu: no graphics card, only software (SwiftShader)`,
    ],
    [
      'with TensorFlow on a CPU and no ONNX Runtime',
      { ...noOrt, '@tensorflow/tfjs-node': backend('tensorflow') },
      `device tensorflow: TensorFlow's native library on the CPU; ${MISSED}`,
    ],
    ['with nothing at all', noOrt, `device wasm: WebAssembly, one core; ${MISSED}`],
  ])('%s takes the fastest that starts, and says why', async (_, installed, reason) => {
    const select = await on(installed);
    const device = await select();
    expect(device.reason).toBe(reason);
    expect(reason.startsWith(`device ${device.name}: `)).toBe(true);
    expect(tf.getBackend()).toBe(device.name);
  });

  test('does not load a TensorFlow that has no graphics card where ONNX Runtime starts', async () => {
    const load = jest.fn(backend('tensorflow'));
    const select = await on({ '@tensorflow/tfjs-node': load });
    await select('auto');
    expect(load).not.toHaveBeenCalled();
    await select('tensorflow');
    expect(load).toHaveBeenCalled();
  });

  test('prints nothing', () => {
    const { status, stdout, stderr } = startAlone('auto');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^device \w+: .+\n$/);
  });
});
