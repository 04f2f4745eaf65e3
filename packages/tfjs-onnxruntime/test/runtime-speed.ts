/** Prints how long single kernels take on both ways into ONNX Runtime: the quickest of many runs, in milliseconds. */
import { input } from '../src/graph.js';
import type { Elements, Graph } from '../src/graph.js';
import { add, matMul } from '../src/ops.js';
import { privateRuntime } from '../src/private-runtime.js';
import { publicRuntime } from '../src/public-runtime.js';
import { Session } from '../src/session.js';

const RUNS = 60;

function sum(...shape: number[]): Graph {
  const [a, b] = [input('a', shape, 'float32'), input('b', shape, 'float32')];
  return { inputs: [a, b], outputs: [add(a, b)] };
}

function product(rows: number, inner: number, columns: number): Graph {
  const [a, b] = [input('a', [rows, inner], 'float32'), input('b', [inner, columns], 'float32')];
  return { inputs: [a, b], outputs: [matMul(a, b)] };
}

function milliseconds(session: Session, inputs: Elements[], outputs: Elements[]): number {
  let best = Number.POSITIVE_INFINITY;
  for (let count = 0; count < RUNS; count++) {
    const start = performance.now();
    session.run(inputs, outputs);
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

const runtimes = { private: privateRuntime(), public: publicRuntime() };
const graphs = {
  'sum of 10 numbers': sum(10),
  'sum of 1568 x 1024 numbers': sum(1568, 1024),
  'product of 1568 x 256 and 256 x 1024': product(1568, 256, 1024),
};
const table: Record<string, Record<string, string>> = {};
for (const [what, graph] of Object.entries(graphs)) {
  const arrays = [...graph.inputs, ...graph.outputs].map(({ shape }) =>
    new Float32Array(shape.reduce((size, side) => size * side, 1)).fill(1),
  );
  for (const [name, runtime] of Object.entries(runtimes)) {
    const session = new Session(graph, runtime);
    const best = milliseconds(session, arrays.slice(0, graph.inputs.length), arrays.slice(graph.inputs.length));
    table[what] = { ...table[what], [name]: best.toFixed(2) };
    session.dispose();
  }
}
console.table(table);
