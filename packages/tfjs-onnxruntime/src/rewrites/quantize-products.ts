import { constant, node, nodes, topological } from '../graph.js';
import type { Elements, Graph, Node, Value } from '../graph.js';
import { cast, dimension, floats, mul } from '../ops.js';
import { folded, rootConstant } from './folded.js';
import { toSteps } from './int8.js';

/**
 * Products with weights in 8-bit integers. Each column of the weights has a step of its own. What they are multiplied with is
 * quantized at every run, over the range of its numbers, so that nothing has to be measured beforehand and nothing is cut off.
 *
 * The pattern is the one that ONNX Runtime makes a single kernel of, with the bias that follows. Products of two computed matrices (attention's own) stay in
 * floats: there the passes over the large matrix of weights cost more than the product saves.
 *
 * @param isWeight of the constants: all other products stay as they are
 */
export function quantizeProducts({ inputs, outputs }: Graph, isWeight: (data: Elements) => boolean): Graph {
  const replaced = new Map<Value, Value>();
  const replacement = (value: Value): Value => replaced.get(value) ?? value;
  const quantized = new Map<Value, readonly Value[]>();
  const quantize = (x: Value): readonly Value[] => {
    const known = quantized.get(x) ?? dynamicQuantizeLinear(x);
    quantized.set(x, known);
    return known;
  };
  for (const original of topological(outputs)) {
    const operands = original.inputs.map(replacement);
    const product = integerProduct(original, operands, isWeight, quantize);
    const fresh = product
      ? [product]
      : nodes(original.op, operands, original.outputs, original.attributes, original.domain);
    original.outputs.forEach((output, index) => replaced.set(output, fresh[index] ?? output));
  }
  return { inputs, outputs: outputs.map(replacement) };
}

function integerProduct(
  { op, attributes, outputs: [output] }: Node,
  [x, factor]: readonly Value[],
  isWeight: (data: Elements) => boolean,
  quantize: (x: Value) => readonly Value[],
): Value | undefined {
  if ((op !== 'MatMul' && op !== 'FusedMatMul') || attributes['transA'] || !x || !factor || !output) return undefined;
  const root = rootConstant(factor);
  const [weights, rows] = [root && isWeight(root) ? folded(factor) : undefined, factor.shape.at(-2)];
  const columns = dimension(output, -1);
  if (
    !weights ||
    !rows ||
    x.shape.length !== output.shape.length ||
    factor.shape.slice(0, -2).some((size) => size !== 1)
  )
    return undefined;
  const { values, scales } = columnSteps(weights, attributes['transB'] === 1);
  const matrix = constant(values, [dimension(x, -1), columns], 'int8');
  const [integers, scale, zero] = quantize(x);
  const sums = node('MatMulInteger', [integers as Value, matrix, zero as Value], output.shape, 'int32');
  return mul(cast(sums, 'float32'), mul(scale as Value, floats(scales, [columns])));
}

/** Of a matrix [rows, columns], or [columns, rows] where it is to be transposed; in the order [rows, columns]. */
function columnSteps(weights: Value, transposed: boolean): ReturnType<typeof toSteps> {
  const shape = weights.shape.slice(-2);
  const data = (weights.source as { readonly data: Float32Array }).data;
  const steps = toSteps(data, shape, transposed ? 0 : 1);
  if (!transposed) return steps;
  const [columns = 0, rows = 0] = shape;
  const values = new Int8Array(data.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      values[row * columns + column] = steps.values[column * rows + row] ?? 0;
  return { ...steps, values };
}

function dynamicQuantizeLinear(x: Value): readonly Value[] {
  return nodes(
    'DynamicQuantizeLinear',
    [x],
    [
      { shape: x.shape, dtype: 'uint8' },
      { shape: [], dtype: 'float32' },
      { shape: [], dtype: 'uint8' },
    ],
  );
}
