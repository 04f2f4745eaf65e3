import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { hostValues } from '@uniad/nn';
import * as ort from 'onnxruntime-node';
import { readModel } from '../test/protobuf.js';
import { compile, ExportError, exportOnnx, OnnxRuntimeError, RecordingError } from './index.js';

beforeAll(() => tf.setBackend('onnxruntime'));

const python = process.env['PYTHON'] ?? 'python3';
const hasReference = spawnSync(python, ['-c', 'import onnx.reference']).status === 0;

/** Prints what the reference evaluator of the Python package makes of a file and its one input. */
const EVALUATE = `
import json, sys, numpy, onnx
from onnx.reference import ReferenceEvaluator
model = onnx.load(sys.argv[1])
onnx.checker.check_model(model, full_check=True)
given = json.load(sys.stdin)
x = numpy.array(given['data'], dtype=numpy.float32).reshape(given['shape'])
print(json.dumps([y.astype(float).ravel().tolist() for y in ReferenceEvaluator(model).run(None, {'x': x})]))
`;

/** The same with ONNX Runtime's public API, in a process of its own: it refuses the typed arrays of Jest. */
const RUN = `
const ort = require('onnxruntime-node');
let text = '';
process.stdin.on('data', (chunk) => { text += chunk; }).on('end', async () => {
  const { data, shape } = JSON.parse(text);
  const session = await ort.InferenceSession.create(process.argv[1]);
  const results = await session.run({ x: new ort.Tensor('float32', Float32Array.from(data), shape) });
  console.log(JSON.stringify(session.outputNames.map((name) => Array.from(results[name].data))));
});
`;

function evaluate(
  command: string,
  code: readonly string[],
  file: Uint8Array,
  data: Float32Array,
  shape: readonly number[],
): number[][] {
  const folder = mkdtempSync(join(tmpdir(), 'uniad-onnx-'));
  try {
    const path = join(folder, 'model.onnx');
    writeFileSync(path, file);
    return JSON.parse(
      execFileSync(command, [...code, path], {
        input: JSON.stringify({ data: [...data], shape }),
        encoding: 'utf8',
        cwd: __dirname,
      }),
    ) as number[][];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A small network with what UniAD's has: convolutions, attention, normalisation, resizing. */
function network(): { run: (x: tf.Tensor) => tf.Tensor[]; variables: tf.Variable[] } {
  const make = (shape: number[], seed: number): tf.Variable =>
    tf.variable(tf.tensor(wave(tf.util.sizeFromShape(shape), seed), shape));
  const [stem, depthwise, query, output] = [
    make([3, 3, 3, 8], 0.7),
    make([3, 3, 8, 1], 1.3),
    make([8, 8], 0.9),
    make([4, 8], 0.3),
  ];
  const run = (x: tf.Tensor): tf.Tensor[] => {
    const batch = x.shape[0] ?? 1;
    const y = tf.relu6(tf.conv2d(x as tf.Tensor4D, stem as tf.Tensor4D, 2, 'same')) as tf.Tensor4D;
    const z = tf.add(
      y,
      tf.depthwiseConv2d(tf.mul(y, tf.sigmoid(y)) as tf.Tensor4D, depthwise as tf.Tensor4D, 1, 'same'),
    );
    const tokens = tf.reshape(z, [batch, -1, 8]);
    const q = tf.reshape(tf.matMul(tf.reshape(tokens, [-1, 8]), query as tf.Tensor), [batch, -1, 8]);
    const attended = tf.matMul(tf.softmax(tf.matMul(q, tokens, false, true)), tokens);
    const map = tf.image.resizeBilinear(
      tf.reshape(tf.sum(tf.square(attended), -1), [batch, 4, 4, 1]) as tf.Tensor4D,
      [9, 9],
      true,
    );
    const score = tf.max(tf.avgPool(map as tf.Tensor4D, 2, 1, 'valid'), [1, 2, 3]);
    const embedding = tf.matMul(tf.mean(z, [1, 2]), output, false, true);
    return [map, score, tf.concat([embedding, tf.zerosLike(embedding)], 1)];
  };
  return { run, variables: [stem, depthwise, query, output] };
}

function wave(size: number, step: number): Float32Array {
  return Float32Array.from({ length: size }, (_, index) => Math.sin(index * step) / 2);
}

function expectClose(actual: readonly (readonly number[])[], expected: readonly tf.Tensor[]): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((tensor, output) => {
    const values = tensor.dataSync();
    expect(actual[output]?.length).toBe(values.length);
    actual[output]?.forEach((value, index) => expect(value).toBeCloseTo(values[index] ?? Number.NaN, 4));
  });
}

const outputs = ['map', 'score', 'embedding'];

describe.each([
  ['fixed', false, [2]],
  ['dynamic', true, [1, 2, 5]],
] as const)('a file for a %s batch', (_, dynamicBatch, batches) => {
  const { run } = network();
  const file = exportOnnx(run, {
    inputs: [{ name: 'x', shape: [2, 8, 8, 3] }],
    outputs,
    metadata: { threshold: '0.5' },
    dynamicBatch,
  });

  it('has operators of the standard domain alone', () => {
    const { operatorSets, nodes, metadata } = readModel(file);
    expect(operatorSets).toEqual([['', 17]]);
    expect(new Set(nodes.map(({ domain }) => domain))).toEqual(new Set(['']));
    expect(metadata).toEqual([['threshold', '0.5']]);
  });

  it.each(batches)("gives tfjs's results in ONNX Runtime, batch %d", (batch) => {
    const shape = [batch, 8, 8, 3];
    const data = wave(batch * 192, 0.37);
    expectClose(evaluate(process.execPath, ['-e', RUN], file, data, shape), run(tf.tensor(data, shape)));
  });

  (hasReference ? it.each(batches) : it.skip.each(batches))(
    'gives them in the reference evaluator, batch %d',
    (batch) => {
      const shape = [batch, 8, 8, 3];
      const data = wave(batch * 192, 0.37);
      expectClose(evaluate(python, ['-c', EVALUATE], file, data, shape), run(tf.tensor(data, shape)));
    },
  );
});

describe('a file in int8', () => {
  const [rows, width] = [6, 64];
  const weight = tf.variable(tf.tensor2d(wave(width * width, 0.7), [width, width]));
  const stacked = tf.variable(tf.tensor2d(wave(2 * width * width, 1.1), [2 * width, width]));
  // Convolutions stay in floats, and are stored in the steps in which they come.
  const filter = tf.tensor4d(
    wave(9 * 16 * 16, 0.9).map((x) => Math.round(x * 254) / 254),
    [3, 3, 16, 16],
  );
  const run = (x: tf.Tensor): tf.Tensor[] => {
    const [b, c] = tf.split(stacked, 2) as [tf.Tensor2D, tf.Tensor2D];
    const tokens = tf.reshape(x, [-1, width]) as tf.Tensor2D;
    const y = tf.relu(tf.add(tf.matMul(tokens, weight as tf.Tensor2D), 0.1)) as tf.Tensor2D;
    const z = tf.matMul(y, c, false, true);
    const picture = tf.reshape(tf.matMul(y, b), [-1, rows, 4, 16]) as tf.Tensor4D;
    return [z, tf.conv2d(picture, filter, 1, 'same')];
  };
  const given = { inputs: [{ name: 'x', shape: [1, rows, width] }], outputs: ['y', 'z'], dynamicBatch: true };
  const file = exportOnnx(run, { ...given, precision: 'int8' });
  const expected = (x: tf.Tensor): tf.Tensor[] => {
    const compiled = compile(run, { freezeVariables: true, precision: 'int8' });
    const result = compiled(x);
    compiled.dispose();
    return result;
  };

  it('is of the standard domain, and a third of the size', () => {
    const { operatorSets, nodes } = readModel(file);
    expect(operatorSets).toEqual([['', 17]]);
    const operators = new Set(nodes.map(({ op }) => op));
    for (const op of ['DynamicQuantizeLinear', 'MatMulInteger']) expect(operators).toContain(op);
    expect(operators).not.toContain('MatMul');
    expect(file.length).toBeLessThan(exportOnnx(run, given).length / 3);
  });

  it.each([1, 3])('gives what compile gives, in ONNX Runtime, batch %d', (batch) => {
    const shape = [batch, rows, width];
    const data = wave(batch * rows * width, 0.37);
    expectClose(evaluate(process.execPath, ['-e', RUN], file, data, shape), expected(tf.tensor(data, shape)));
  });

  (hasReference ? it : it.skip)('gives it in the reference evaluator', () => {
    const data = wave(2 * rows * width, 0.37);
    const shape = [2, rows, width];
    expectClose(evaluate(python, ['-c', EVALUATE], file, data, shape), expected(tf.tensor(data, shape)));
  });
});

it('exports compiled functions', () => {
  const compiled = compile((x: tf.Tensor) => tf.square(x));
  const file = exportOnnx(compiled, { inputs: [{ name: 'x', shape: [3] }], outputs: ['y'] });
  expect(readModel(file).nodes.map(({ op }) => op)).toEqual(['Mul']);
});

it('allows any names', async () => {
  const file = exportOnnx((v0, v1) => tf.exp(tf.add(v0 as tf.Tensor, tf.square(v1 as tf.Tensor))), {
    inputs: [
      { name: 'v0', shape: [3] },
      { name: 'v1', shape: [3] },
    ],
    outputs: ['v2'],
  });
  await expect(ort.InferenceSession.create(file)).resolves.toHaveProperty('outputNames', ['v2']);
});

describe('refuses', () => {
  const inputs = [{ name: 'x', shape: [2] }];
  it.each([
    [
      'names used twice',
      () => exportOnnx((x) => tf.square(x as tf.Tensor), { inputs, outputs: ['x'] }),
      ExportError,
      /"x" twice/,
    ],
    [
      'a number of names that is not that of the outputs',
      () => exportOnnx((x) => tf.square(x as tf.Tensor), { inputs, outputs: ['a', 'b'] }),
      ExportError,
      /Expected 2 outputs.*returned 1/,
    ],
    [
      'randomness',
      () => exportOnnx((x) => tf.add(x as tf.Tensor, tf.randomNormal([2])), { inputs, outputs: ['y'] }),
      RecordingError,
      /different constants/,
    ],
    [
      'host values',
      () =>
        exportOnnx(
          (x) =>
            tf.add(
              x as tf.Tensor,
              hostValues((values) => values.fill(1), [2], 'float32'),
            ),
          { inputs, outputs: ['y'] },
        ),
      ExportError,
      /without hostValues/,
    ],
    [
      "a constant of the batch's size",
      () =>
        exportOnnx((x) => tf.add(x as tf.Tensor, tf.tensor(wave(x?.shape[0] ?? 0, 1))), {
          inputs,
          outputs: ['y'],
          dynamicBatch: true,
        }),
      ExportError,
      /changes with it/,
    ],
    [
      'unknown options',
      () => exportOnnx((x) => tf.square(x as tf.Tensor), Object.assign({ inputs, outputs: ['y'] }, { opset: 9 })),
      OnnxRuntimeError,
      /received opset/,
    ],
  ])('%s', (_, run, type, message) => {
    expect(run).toThrow(type);
    expect(run).toThrow(message);
  });
});

it.each([1, 4])('takes sums whose size grows with the batch, batch %d', (batch) => {
  const run = (x: tf.Tensor): tf.Tensor => tf.sum(tf.reshape(x, [-1, 64]), 0);
  const file = exportOnnx(run, { inputs: [{ name: 'x', shape: [1, 100, 64] }], outputs: ['y'], dynamicBatch: true });
  const shape = [batch, 100, 64];
  const data = wave(batch * 6400, 0.37);
  expectClose(evaluate(process.execPath, ['-e', RUN], file, data, shape), [run(tf.tensor(data, shape))]);
});

it('needs no backend beforehand', () => {
  const program = `
import { exportOnnx } from '@uniad/tfjs-onnxruntime';
const file = exportOnnx((x) => x.mul(2), { inputs: [{ name: 'x', shape: [1] }], outputs: ['y'] });
console.log(JSON.stringify([...file]));
`;
  const stdout = execFileSync(
    process.execPath,
    ['--conditions=@uniad/source', '--import', 'tsx', '--input-type=module', '-e', program],
    { cwd: __dirname, encoding: 'utf8' },
  );
  const file = Uint8Array.from(JSON.parse(stdout) as number[]);
  expect(evaluate(process.execPath, ['-e', RUN], file, Float32Array.of(3), [1])).toEqual([[6]]);
});
