import * as tf from '@tensorflow/tfjs';
import { Generator, writeSafetensors } from '@uniad/nn';
import { devices } from '../../test/devices.js';
import { digested } from '../../test/digested.js';
import { trainedModel } from '../../test/trained-model.js';
import { selectDevice } from '../device/select-device.js';
import { Detector } from './detector.js';
import type { ReconstructionConfig } from '../methods/reconstruction/config.js';
import { decodeModel, encodeModel } from './model-files.js';
import type { TrainedModel } from './model-files.js';

const image = (seed: number) => new Generator(seed).fillNormal(new Float32Array(32 * 32 * 3), 0, 1);

describe.each(devices)('a detector on %s', (name) => {
  test('inspects alike from pictures and from their features, alone and in a batch', async () => {
    const device = await selectDevice(name);
    const detector = new Detector(await trainedModel(), device.compile);
    const [alone] = await detector.inspectImages([image(1)]);
    const batch = await detector.inspectImages([image(2), image(1)]);
    const [fromFeatures] = await detector.inspectFeatures(await detector.extractor.extract([image(1)]));
    expect(alone!.map).toHaveLength(32 * 32);
    for (const other of [batch[1]!, fromFeatures!]) {
      expect(other.score).toBeCloseTo(alone!.score, 3);
      expect(other.anomalous).toBe(alone!.score >= 3);
      other.map.forEach((value, i) => expect(Math.abs(value - alone!.map[i]!)).toBeLessThan(1e-3));
    }
    expect(batch[0]!.score).not.toBeCloseTo(alone!.score, 3);
    detector.dispose();
  });

  test('200 predictions leave the number of tensors unchanged, and dispose frees all', async () => {
    const device = await selectDevice(name);
    const empty = tf.memory().numTensors;
    const detector = new Detector(await trainedModel(), device.compile);
    await detector.inspectImages([image(1)]);
    const before = tf.memory().numTensors;
    for (let i = 0; i < (name === 'cpu' ? 3 : 200); i++) await detector.inspectImages([image(1)]);
    expect(tf.memory().numTensors).toBe(before);
    detector.dispose();
    expect(tf.memory().numTensors).toBe(empty);
  }, 120_000);
});

describe('model files', () => {
  let model: TrainedModel;
  beforeAll(async () => {
    model = await trainedModel();
  });

  test('read back what was written', () => {
    expect(digested(decodeModel(encodeModel(model)))).toEqual(digested(model));
    const kind = { name: 'gear', reach: 2, typical: 1, threshold: 3, source: 'a test' };
    const look = { center: Float32Array.of(1, 2), deviation: Float32Array.of(0.5, 0.25) };
    const withKinds = {
      ...model,
      kinds: [
        { ...kind, ...look },
        { ...kind, ...look, name: 'tile' },
      ],
    };
    expect(digested(decodeModel(encodeModel(withKinds)))).toEqual(digested(withKinds));
    const files = encodeModel(withKinds);
    expect(() => decodeModel({ ...files, 'model.safetensors': encodeModel(model)['model.safetensors'] })).toThrow(
      'model.safetensors: expected kinds.center and kinds.deviation of the 2 kinds in model.json',
    );
  });

  const bytes = (text: string) => new TextEncoder().encode(text);
  const json = (change: object) => {
    const files = encodeModel(model);
    return bytes(
      JSON.stringify({ ...(JSON.parse(new TextDecoder().decode(files['model.json'])) as object), ...change }),
    );
  };

  test.each<[string, string, () => Uint8Array, string]>([
    ['no JSON', 'model.json', () => bytes('not JSON'), 'Expected JSON in model.json'],
    ['another format', 'model.json', () => bytes('{"format": "other"}'), 'Expected format uniad-model version 1 to 4'],
    ['null', 'model.json', () => bytes('null'), 'Expected format uniad-model version 1 to 4'],
    ['no score', 'model.json', () => json({ threshold: { score: null } }), 'a finite number for threshold.score'],
    ['an unknown setting', 'model.json', () => json({ config: { evil: 1 } }), '"evil"'],
    ['an unknown field', 'model.json', () => json({ evil: 1 }), '"evil"'],
    ['categories that are no names', 'model.json', () => json({ categories: [1] }), 'a list of names for categories'],
    [
      'no deviation',
      'model.json',
      () => json({ input: { mean: [0, 0, 0], deviation: [0, 1, 1] } }),
      'three numbers above 0',
    ],
    [
      'tensors of another training',
      'model.json',
      () => json({ id: 'other' }),
      'model.safetensors: expected the tensors of',
    ],
    ['garbage', 'model.safetensors', () => bytes('garbage bytes'), 'model.safetensors: '],
    [
      'numbers of no use',
      'model.safetensors',
      () => writeSafetensors({ 'input_proj.bias': { shape: [1], data: Float32Array.of(NaN) } }),
      'model.safetensors: expected finite numbers in input_proj.bias',
    ],
    [
      'memory of a release of before',
      'model.safetensors',
      () => writeSafetensors({ 'memory.bank': { shape: [2, 1], data: Float32Array.of(1, 2) } }),
      'model.safetensors: expected a memory of each kind but found one of all',
    ],
    [
      'patches of a release of before',
      'model.safetensors',
      () => writeSafetensors({ 'patches.bank': { shape: [2, 1], data: Float32Array.of(1, 2) } }),
      'model.safetensors: expected a memory of each kind but found one of all',
    ],
  ])('refuse %s in %s', (_, file, content, message) => {
    expect(() => decodeModel({ ...encodeModel(model), [file]: content() })).toThrow(message);
  });

  test('of two backbones with one memory of both are refused', () => {
    const beside = { name: 'uniad_tiny', stages: [1], patchSize: 1 };
    const files = encodeModel({ ...model, config: { ...(model.config as ReconstructionConfig), beside } });
    const bank = { shape: [1, 1, 2], data: Float32Array.of(1, 2) };
    const joined = writeSafetensors({ 'memory.bank': bank }, { model: model.id });
    expect(() => decodeModel({ ...files, 'model.safetensors': joined })).toThrow('a memory of each backbone but found one of both'); // prettier-ignore
  });

  test('of version 1 are read: its names, and the normalisation it took for granted', () => {
    const { neighborMask, method: _, activation: __, ...rest } = model.config as ReconstructionConfig;
    const mask = { size: neighborMask!.size, encoder: true, decoderMemory: false, decoderPrevious: true };
    const { categories, threshold } = model;
    const old = { format: 'uniad-model', version: 1, config: { ...rest, neighborMask: mask }, categories, threshold };
    const files = encodeModel({ ...model, id: '' });
    const read = decodeModel({ ...files, 'model.json': bytes(JSON.stringify(old)) });
    const config = { ...model.config, neighborMask: { ...neighborMask, decoderFirst: false } };
    expect(digested(read)).toEqual(digested({ ...model, id: '', config })); // Without kinds.
  });
});
