import { constant, constantOf, nodes, sizeOf, topological } from '../graph.js';
import type { Graph, Value } from '../graph.js';
import { cast, floats, mul } from '../ops.js';
import { folded, rootConstant } from './folded.js';
import { toSteps } from './int8.js';

/** Below this many elements there is little to save. */
const LEAST = 1 << 10;

/** How far, in steps, a rounded weight may be from a whole number after it was multiplied by a folded batch norm. */
const TOLERANCE = 1e-3;

/**
 * Constants that are whole numbers of steps along their first axis, their last, or their first two already, as bytes that are multiplied by the steps: a
 * quarter of the file, and the same numbers. ONNX Runtime works such products out when it loads the file; it would leave a
 * `DequantizeLinear` for every run.
 */
export function packConstants({ inputs, outputs }: Graph): Graph {
  const replaced = new Map<Value, Value>();
  const replacement = (value: Value): Value => {
    const known = replaced.get(value) ?? packed(value) ?? value;
    replaced.set(value, known);
    return known;
  };
  for (const original of topological(outputs)) {
    const fresh = nodes(
      original.op,
      original.inputs.map(replacement),
      original.outputs,
      original.attributes,
      original.domain,
    );
    original.outputs.forEach((output, index) => {
      if (!rootConstant(output)) replaced.set(output, fresh[index] ?? output);
    });
  }
  return { inputs, outputs: outputs.map(replacement) };
}

function packed(value: Value): Value | undefined {
  const { shape, dtype } = value;
  if (dtype !== 'float32' || shape.length < 2 || sizeOf(shape) < LEAST || !rootConstant(value)) return undefined;
  const flat = folded(value);
  const data = flat && (constantOf(flat) as Float32Array | undefined);
  if (!data) return undefined;
  const [last, size] = [shape.length - 1, sizeOf(shape)];
  for (const axes of [[0], [last], ...(last > 1 ? [[0, 1]] : [])]) {
    const along = shape.map((size, axis) => (axes.includes(axis) ? size : 1));
    // Neighbouring axes are one to the steps.
    const [before, inner] = [sizeOf(shape.slice(0, axes[0])), sizeOf(shape.slice(axes.length + (axes[0] ?? 0)))];
    const { values, scales } = toSteps(data, [before, size / before / inner, inner], 1);
    const step = (i: number): number => scales[Math.floor(i / inner) % scales.length] ?? 1;
    if (!data.every((number, i) => Math.abs(number / step(i) - (values[i] ?? 0)) < TOLERANCE)) continue;
    return mul(cast(constant(values, shape, 'int8'), dtype), floats(scales, along));
  }
  return flat;
}
