import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-node';
import { constant, input, node } from './graph.js';
import { encodeModel } from './model.js';
import { Session } from './session.js';

const x = input('x', [3], 'float32');
const graph = { inputs: [x], outputs: [node('Neg', [x], [3], 'float32')] };

// When this fails, somebody updated onnxruntime-node: read binding.ts again beside its `dist/binding.js`, then put the new version here.
it('was checked with onnxruntime-node 1.30.0', () => {
  const { version } = JSON.parse(readFileSync(require.resolve('onnxruntime-node/package.json'), 'utf8')) as {
    version: string;
  };
  expect(version).toBe('1.30.0');
});

it('writes outputs into the arrays that it is given', () => {
  const session = new Session(graph);
  const y = new Float32Array(3);
  session.run([Float32Array.of(1, -2, 3)], [y]);
  expect(y).toEqual(Float32Array.of(-1, 2, -3));
  session.dispose();
});

it('passes on what ONNX Runtime says of a graph that it cannot load', () => {
  const broken = node('NoSuchOperator', [constant(new Float32Array(1), [1], 'float32')], [1], 'float32');
  expect(() => new Session({ inputs: [], outputs: [broken] })).toThrow(/NoSuchOperator/);
});

it('refuses arrays of the wrong size before ONNX Runtime reads past their end', () => {
  const session = new Session(graph);
  expect(() => session.run([new Float32Array(2)], [new Float32Array(3)])).toThrow(
    'Expected 3 elements for a tensor of shape [3] but received 2',
  );
  expect(() => session.run([new Float32Array(3)], [])).toThrow('but received none');
  session.dispose();
});

it('leaves the public API of onnxruntime-node as it is', async () => {
  const session = await ort.InferenceSession.create(encodeModel(graph));
  expect(session.outputNames).toEqual(['output0']);
  await session.release();
});
