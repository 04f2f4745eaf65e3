import { constant, input, node, topological } from './graph.js';
import type { Graph } from './graph.js';
import { privateRuntime } from './private-runtime.js';
import { publicRuntime } from './public-runtime.js';
import type { Runtime } from './runtime.js';
import { Session } from './session.js';
import type { SessionOptions } from './session.js';

let chosen: Runtime | undefined;
let saturating: boolean | undefined;

/** A session on the quickest way into ONNX Runtime that computes what it should here. */
export function openSession(graph: Graph, options: SessionOptions = {}): Session {
  chosen ??= chooseRuntime();
  if (!topological(graph.outputs).some(({ op }) => op === 'MatMulInteger')) return new Session(graph, chosen, options);
  saturating ??= saturates(chosen);
  return new Session(graph, chosen, { ...options, exactIntegers: saturating });
}

/** Whether pairs of the largest 8-bit products are cut off, as the instructions before VNNI do that add them in 16 bits. */
function saturates(runtime: Runtime): boolean {
  const [rows, inner, columns] = [16, 64, 16];
  const x = input('x', [rows, inner], 'uint8');
  const weights = constant(new Int8Array(inner * columns).fill(127), [inner, columns], 'int8');
  const sums = node('MatMulInteger', [x, weights], [rows, columns], 'int32');
  const session = new Session({ inputs: [x], outputs: [sums] }, runtime, { threads: 1 });
  const result = new Int32Array(rows * columns);
  session.run([new Uint8Array(rows * inner).fill(255)], [result]);
  session.dispose();
  return result.some((sum) => sum !== 255 * 127 * inner);
}

function chooseRuntime(): Runtime {
  try {
    const runtime = privateRuntime();
    check(runtime);
    return runtime;
  } catch (error) {
    process.emitWarning(
      `onnxruntime-node is used through its public API, which is slower: the binding below it is not what it was checked with (${String(error)})`,
      { code: 'UNIAD_ONNXRUNTIME_PUBLIC_API' },
    );
    return publicRuntime();
  }
}

/** A binding that has changed may just as well do nothing as fail. */
function check(runtime: Runtime): void {
  const x = input('x', [2], 'float32');
  const session = new Session({ inputs: [x], outputs: [node('Neg', [x], [2], 'float32')] }, runtime, { threads: 1 });
  const y = new Float32Array(2);
  session.run([Float32Array.of(1, -2)], [y]);
  session.dispose();
  if (y[0] !== -1 || y[1] !== 2) throw new Error(`expected -1, 2 from a small graph but received ${y.join(', ')}`);
}
