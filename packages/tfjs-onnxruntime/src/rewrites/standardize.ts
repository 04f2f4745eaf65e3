import { ExportError } from '../errors.js';
import { node, nodes, topological } from '../graph.js';
import type { Graph, Node, Value } from '../graph.js';
import { matMul, transpose } from '../ops.js';

/** The same function with operators of ONNX's standard domain alone, each output from a node of its own. */
export function standardize({ inputs, outputs }: Graph): Graph {
  const replaced = new Map<Value, Value>();
  const replacement = (value: Value): Value => replaced.get(value) ?? value;
  for (const original of topological(outputs)) {
    const standard = standardNode(original, original.inputs.map(replacement));
    original.outputs.forEach((output, index) => replaced.set(output, standard[index] ?? output));
  }
  return { inputs, outputs: asOwnNodes(outputs.map(replacement)) };
}

/** ONNX wants every output to come from a node, and no value to be two outputs. */
export function asOwnNodes(outputs: readonly Value[]): Value[] {
  return outputs.map((value, index) =>
    value.source.kind === 'node' && outputs.indexOf(value) === index
      ? value
      : node('Identity', [value], value.shape, value.dtype),
  );
}

function standardNode({ op, domain, attributes, outputs }: Node, inputs: readonly Value[]): readonly Value[] {
  if (domain === '') return nodes(op, inputs, outputs, attributes);
  const [a, b] = inputs;
  if (op !== 'FusedMatMul' || !a || !b)
    throw new ExportError(`Expected operators of the standard ONNX domain but received ${domain}.${op}`);
  return [matMul(attributes['transA'] ? swapped(a) : a, attributes['transB'] ? swapped(b) : b)];
}

function swapped(value: Value): Value {
  const rank = value.shape.length;
  return transpose(
    value,
    value.shape.map((_, axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis)),
  );
}
