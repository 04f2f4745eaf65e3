import * as tf from '@tensorflow/tfjs';
import { DeviceError } from '../errors.js';
import { deviceNames, selectDevice } from './select-device.js';

describe('selectDevice', () => {
  test('takes the fastest that starts, and says which', async () => {
    const device = await selectDevice('auto');
    expect(device.name).toBe('onnxruntime');
    expect(device.reason).toMatch(/^device onnxruntime: .+/);
    expect(tf.getBackend()).toBe('onnxruntime');
  });

  test.each(['wasm', 'cpu', 'onnxruntime'])('starts %s when it is named', async (name) => {
    const device = await selectDevice(name);
    expect([device.name, tf.getBackend()]).toEqual([name, name]);
    const [sum] = device.compile((x) => [tf.add(x!, 1)])(tf.tensor1d([1, 2]));
    expect(Array.from(await sum!.data())).toEqual([2, 3]);
  });

  test.each(['tensorflow', 'webgpu'])('says in one line why %s cannot start', async (name) => {
    await expect(selectDevice(name)).rejects.toThrow(DeviceError);
    await expect(selectDevice(name)).rejects.toThrow(
      new RegExp(`^The device ${name} cannot start: [^\\n]*Cannot find module[^\\n]*$`),
    );
    expect('navigator' in globalThis && 'gpu' in globalThis.navigator).toBe(false);
  });

  test('refuses an unknown name and lists the known ones', async () => {
    await expect(selectDevice('abacus')).rejects.toThrow(
      `Expected one of auto, ${deviceNames.join(', ')} for device but received "abacus"`,
    );
  });

  test('without ONNX Runtime it takes wasm, and says what would be faster', async () => {
    jest.resetModules();
    jest.doMock('@uniad/tfjs-onnxruntime', () => {
      throw new Error('Cannot find package @uniad/tfjs-onnxruntime\nand more');
    });
    const fresh = await import('./select-device.js');
    const device = await fresh.selectDevice('auto');
    expect(device.name).toBe('wasm');
    expect(device.reason).toBe(
      'device wasm: WebAssembly, one core; for more speed: ONNXRUNTIME_NODE_INSTALL=skip npm i @uniad/tfjs-onnxruntime (Cannot find package @uniad/tfjs-onnxruntime)',
    );
  });
});
