import { input, node } from './graph.js';
import type { Graph } from './graph.js';
import { privateRuntime } from './private-runtime.js';
import { publicRuntime } from './public-runtime.js';
import type { Runtime } from './runtime.js';
import { Session } from './session.js';
import type { SessionOptions } from './session.js';

let chosen: Runtime | undefined;

/** A session on the quickest way into ONNX Runtime that computes what it should here. */
export function openSession(graph: Graph, options: SessionOptions = {}): Session {
  chosen ??= chooseRuntime();
  return new Session(graph, chosen, options);
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
