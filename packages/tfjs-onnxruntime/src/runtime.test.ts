import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-node';
import { constant, input, node } from './graph.js';
import { encodeModel } from './model.js';
import { cast, unary } from './ops.js';
import { privateRuntime } from './private-runtime.js';
import { publicRuntime } from './public-runtime.js';
import { Session } from './session.js';

const x = input('x', [3], 'float32');
const graph = { inputs: [x], outputs: [node('Neg', [x], [3], 'float32')] };

// When this fails, somebody updated onnxruntime-node: read private-runtime.ts again beside its `dist/binding.js`, then put the new version here.
it('was checked with onnxruntime-node 1.30.0', () => {
  const { version } = JSON.parse(readFileSync(require.resolve('onnxruntime-node/package.json'), 'utf8')) as {
    version: string;
  };
  expect(version).toBe('1.30.0');
});

describe.each([
  ['private', privateRuntime],
  ['public', publicRuntime],
])('the %s runtime', (_, makeRuntime) => {
  const runtime = makeRuntime();

  it('writes outputs into the arrays that it is given', () => {
    const session = new Session(graph, runtime);
    const y = new Float32Array(3);
    session.run([Float32Array.of(1, -2, 3)], [y]);
    expect(y).toEqual(Float32Array.of(-1, 2, -3));
    session.run([new Float32Array(9).fill(5).subarray(3, 6)], [y]);
    expect(y).toEqual(Float32Array.of(-5, -5, -5));
    session.dispose();
  });

  it('takes and gives every type', () => {
    const integers = input('integers', [2], 'int32');
    const flags = input('flags', [2], 'bool');
    const outputs = [cast(integers, 'int64'), unary('Not', flags), unary('Neg', integers)];
    const session = new Session({ inputs: [integers, flags], outputs }, runtime);
    const results = [new BigInt64Array(2), new Uint8Array(2), new Int32Array(2)] as const;
    session.run([Int32Array.of(3, -4), Uint8Array.of(1, 0)], results);
    expect(results).toEqual([BigInt64Array.of(3n, -4n), Uint8Array.of(0, 1), Int32Array.of(-3, 4)]);
    session.dispose();
  });

  it('passes on what ONNX Runtime says of a graph that it cannot load', () => {
    const broken = node('NoSuchOperator', [constant(new Float32Array(1), [1], 'float32')], [1], 'float32');
    expect(() => new Session({ inputs: [], outputs: [broken] }, runtime)).toThrow(/NoSuchOperator/);
  });

  it('passes on what it says of a run', () => {
    const indices = constant(BigInt64Array.of(7n), [1], 'int64');
    const session = new Session({ inputs: [x], outputs: [node('Gather', [x, indices], [1], 'float32')] }, runtime);
    expect(() => session.run([new Float32Array(3)], [new Float32Array(1)])).toThrow(/out of (data )?bounds/);
    session.dispose();
  });

  it('refuses arrays of the wrong size before ONNX Runtime reads past their end', () => {
    const session = new Session(graph, runtime);
    expect(() => session.run([new Float32Array(2)], [new Float32Array(3)])).toThrow(
      'Expected 3 elements for a tensor of shape [3] but received 2',
    );
    expect(() => session.run([new Float32Array(3)], [])).toThrow('but received none');
    session.dispose();
  });
});

it('leaves the public API of onnxruntime-node as it is', async () => {
  const session = await ort.InferenceSession.create(encodeModel(graph));
  expect(session.outputNames).toEqual(['output0']);
  await session.release();
});
