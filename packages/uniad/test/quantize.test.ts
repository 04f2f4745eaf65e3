import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { exportModel, load, quantize, readModel, writeSyntheticSet } from '@uniad/core';
import { Generator } from '@uniad/nn';
import { toInt8Model } from '../src/pipeline/int8-model.js';
import { saveModel } from '../src/pipeline/read-model.js';
import { digested } from './digested.js';
import { trainedModel } from './trained-model.js';

let folder: string;
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'uniad-quantize-'));
  await writeSyntheticSet(at('parts'), { seed: 0, kinds: ['gear'], train: 2, test: 6, size: 64 });
  await saveModel(at('run'), await trainedModel());
});
afterAll(() => rm(folder, { recursive: true }));

async function scoresOf(run: string, options: object = {}): Promise<number[]> {
  const inspector = await load(at(run), options);
  const paths = [0, 1, 2].map((i) => at(`parts/gear/test/good/00${i}.png`));
  const scores = (await inspector.predictAll(paths)).map(({ score }) => score);
  inspector.dispose();
  return scores;
}

test('a model in int8 is a quarter of the size, scores alike, and says what it cost', async () => {
  const { bytes, cost, model } = await quantize({
    model: at('run'),
    out: at('run8'),
    data: at('parts'),
    cache: at('cache'),
    onWarning: () => {},
  });
  expect(bytes.after / bytes.before).toBeLessThan(0.3);
  expect(cost).toMatchObject({ pictures: 6 });
  expect(cost!.difference.mean).toBeGreaterThan(0);
  expect(cost!.difference.max).toBeLessThan(0.03);
  expect(Math.abs(cost!.metrics.after.imageAuroc - cost!.metrics.before.imageAuroc)).toBeLessThan(0.2);

  const [before, after] = [await scoresOf('run'), await scoresOf('run8')];
  after.forEach((score, i) => expect(Math.abs(score / before[i]! - 1)).toBeLessThan(0.03));
  expect(after).not.toEqual(before);
  expect(await scoresOf('run8')).toEqual(after);

  // What is read back is what was rounded, and rounding it once more changes nothing.
  const read = await readModel(at('run8'));
  expect(digested(read)).toEqual(digested(model));
  const again = toInt8Model({ ...read, precision: 'float32' });
  expect(digested(again.parameters)).toEqual(digested(read.parameters));
  expect(JSON.parse(await readFile(at('run8/model.json'), 'utf8'))).toMatchObject({ version: 4, precision: 'int8' });
});

test('keeps the weights of its stages alone, and rounds what is known of places by the place', async () => {
  const model = await trainedModel();
  const [places, channels, rank] = [16, 192, 2];
  const random = new Generator(5);
  // Each place of another range, as whole numbers of one step would not do.
  const basis = random.fillNormal(new Float32Array(2 * places * channels * rank), 0, 1).map((value, i) => {
    return value * (1 + Math.floor(i / (channels * rank)));
  });
  const shape = [2, places, channels, rank];
  const { parameters, backbone } = toInt8Model({
    ...model,
    parameters: { ...model.parameters, 'places.basis': { shape, data: basis } },
  });
  const rounded = parameters['places.basis']!.data;
  for (let place = 0; place < 2 * places; place++) {
    const here = [place * channels * rank, (place + 1) * channels * rank] as const;
    const step = Math.max(...basis.slice(...here).map(Math.abs)) / 127;
    const errors = rounded.slice(...here).map((value, i) => Math.abs(value - basis[here[0] + i]!));
    expect(Math.max(...errors)).toBeLessThan(0.51 * step);
    expect(Math.max(...errors)).toBeGreaterThan(0.3 * step);
  }
  expect(Object.keys(model.backbone).some((name) => name.startsWith('layer3'))).toBe(true);
  expect(Object.keys(backbone).filter((name) => !/^(conv1|bn1|layer[12])\./.test(name))).toEqual([]);
  expect(Object.keys(backbone).some((name) => name.startsWith('layer2'))).toBe(true);
});

test('load rounds a model on the way, as quantize does for good', async () => {
  const [rounded, kept] = [await scoresOf('run', { precision: 'int8' }), await scoresOf('run8')];
  rounded.forEach((score, i) => expect(score).toBeCloseTo(kept[i]!, 6));
  const inFloats = await scoresOf('run8', { precision: 'float32' });
  inFloats.forEach((score, i) => expect(Math.abs(score / kept[i]! - 1)).toBeLessThan(0.02));
  await expect(load(at('run'), { precision: 'int8', device: 'cpu' })).rejects.toThrow(
    'Expected the device onnxruntime for the precision int8 but received cpu',
  );
  await expect(load(at('run'), { precision: 'int4' as 'int8' })).rejects.toThrow('for precision but received "int4"');
});

test('a device without 8-bit integers says that a model in int8 runs in floats', async () => {
  const int8 = await load(at('run8'));
  const elsewhere = await load(at('run8'), { device: 'cpu' });
  const floats = await load(at('run'), { device: 'cpu' });
  expect([int8.precision, elsewhere.precision, floats.precision]).toEqual(['int8', 'float32', 'float32']);
  expect(elsewhere.device.reason).toBe(
    `${floats.device.reason}; computes this int8 model in float32, as all but onnxruntime do`,
  );
  expect(int8.device.reason).not.toContain('float32');
  for (const inspector of [int8, elsewhere, floats]) inspector.dispose();

  const warnings: string[] = [];
  const cost = await quantize({
    model: at('run'),
    out: at('run8-cpu'),
    data: at('parts'),
    cache: at('cache'),
    device: 'cpu',
    onWarning: (message) => warnings.push(message),
  });
  expect(warnings.join('\n')).toContain('device cpu computes in floats');
  expect(cost.cost).toMatchObject({ pictures: 6 });
});

test('an exported model in int8 gives its scores in plain ONNX Runtime', async () => {
  const model = await readModel(at('run8'));
  const file = at('model8.onnx');
  await writeFile(file, await exportModel(model));
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, [join(__dirname, 'run-onnx.mjs'), file, '1', '32', '32']);
  const { score } = JSON.parse(stdout) as { score: number[] };
  const floats = at('model.onnx');
  await writeFile(floats, await exportModel(await readModel(at('run'))));
  const { stdout: exact } = await run(process.execPath, [join(__dirname, 'run-onnx.mjs'), floats, '1', '32', '32']);
  const [expected] = (JSON.parse(exact) as { score: number[] }).score;
  expect(Math.abs(score[0]! / expected! - 1)).toBeLessThan(0.03);
  expect(score[0]).not.toBe(expected);
});

test('refuses a second rounding, the same folder, and a model that stands there', async () => {
  await expect(quantize({ model: at('run8'), out: at('again') })).rejects.toThrow('but found int8');
  await expect(quantize({ model: at('run'), out: at('run') })).rejects.toThrow("another folder than the model's own");
  await expect(quantize({ model: at('run'), out: at('run8') })).rejects.toThrow('already holds a trained model');
});

test.each(['model.safetensors', 'backbone.safetensors'])(
  'a damaged %s in int8 is refused by its name',
  async (name) => {
    await quantize({ model: at('run'), out: at('damaged'), force: true });
    const bytes = await readFile(join(at('damaged'), name));
    await truncate(join(at('damaged'), name), bytes.length - 100);
    await expect(load(at('damaged'))).rejects.toThrow(name);
    const random = new Generator(1);
    for (let i = 0; i < 20; i++) {
      // Wherever a byte of the header changes, it is read or refused, never taken for something else that hangs or crashes.
      const changed = Uint8Array.from(bytes);
      changed[8 + Math.floor(random.uniform() * 400)] = 0x20 + Math.floor(random.uniform() * 90);
      await writeFile(join(at('damaged'), name), changed);
      const outcome = await load(at('damaged')).then(
        (inspector) => inspector.dispose(),
        (error: unknown) => error,
      );
      if (outcome !== undefined) expect((outcome as Error).name).toMatch(/^(Run|Config|StateDict|Safetensors)Error$/);
    }
  },
);
