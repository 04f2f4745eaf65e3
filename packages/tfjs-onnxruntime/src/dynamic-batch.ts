import { ExportError } from './errors.js';
import { constantOf, node, nodes, topological } from './graph.js';
import type { Elements, Graph, Node, Value } from './graph.js';
import { integers, reshape } from './ops.js';

export interface DynamicGraph {
  readonly graph: Graph;
  /** What to declare of inputs and outputs: 'batch' where the size of an axis is the batch's. */
  readonly dimensions: ReadonlyMap<Value, readonly (number | string)[]>;
}

/**
 * Makes one graph for any batch of two that were recorded for two batch sizes. They differ in integers alone (shapes, ends of
 * slices), each of which is p + q * batch; the graph reads the batch off its first input and works them out.
 */
export function withDynamicBatch(small: Graph, large: Graph, [a, b]: readonly [number, number]): DynamicGraph {
  const [first] = small.inputs;
  if (!first) throw new ExportError('Expected an input to read the batch from but there is none');
  const shape = node('Shape', [first], [first.shape.length], 'int64');
  const batch = node('Gather', [shape, reshape(integers([0]), [])], [], 'int64', { axis: 0 });
  const replaced = new Map<Value, Value>();

  // Equal constants are one value in a graph, though one of them may change with the batch and the other is the same by chance.
  const constants = new Map<Value, Map<Value, Value>>();
  const merge = (left: Value, right: Value): Value => {
    const [smaller, larger] = [constantOf(left), constantOf(right)];
    if (!smaller || !larger) return replaced.get(left) ?? left;
    const known = constants.get(left) ?? new Map<Value, Value>();
    constants.set(left, known);
    const merged = known.get(right) ?? mergeConstants(left, smaller, larger);
    known.set(right, merged);
    return merged;
  };
  const mergeConstants = (left: Value, smaller: Elements, larger: Elements): Value => {
    const numbers = [Array.from(smaller, Number), Array.from(larger, Number)] as const;
    if (
      numbers[0].length === numbers[1].length &&
      numbers[0].every((value, index) => Object.is(value, numbers[1][index]))
    )
      return left;
    if (left.dtype !== 'int64' || smaller.length !== larger.length)
      throw new ExportError(
        'Expected constants that are the same for every batch but one changes with it: build it from an input',
      );
    const slopes = numbers[0].map((value, index) => ((numbers[1][index] ?? 0) - value) / (b - a));
    const offsets = numbers[0].map((value, index) => value - (slopes[index] ?? 0) * a);
    const scaled = node('Mul', [integers(slopes), batch], left.shape, 'int64');
    return node('Add', [scaled, integers(offsets)], left.shape, 'int64');
  };

  const [order, other] = [topological(small.outputs), topological(large.outputs)];
  order.forEach((left, index) => {
    const right = other[index];
    if (!right || !sameOperator(left, right) || order.length !== other.length)
      throw new ExportError(`Expected the same operators for every batch but ${left.op} differs`);
    const inputs = left.inputs.map((value, position) => merge(value, right.inputs[position] ?? value));
    const fresh = nodes(left.op, inputs, left.outputs, left.attributes, left.domain);
    left.outputs.forEach((output, position) => replaced.set(output, fresh[position] ?? output));
  });
  const outputs = small.outputs.map((value) => replaced.get(value) ?? value);
  const dimensions = new Map([
    ...small.inputs.map((value, index) => [value, named(value, large.inputs[index])] as const),
    ...small.outputs.map((value, index) => [replaced.get(value) ?? value, named(value, large.outputs[index])] as const),
  ]);
  return { graph: { inputs: small.inputs, outputs }, dimensions };
}

function sameOperator(left: Node, right: Node): boolean {
  return (
    left.op === right.op &&
    left.inputs.length === right.inputs.length &&
    JSON.stringify(left.attributes) === JSON.stringify(right.attributes)
  );
}

function named(small: Value, large: Value | undefined): (number | string)[] {
  return small.shape.map((size, axis) => (size === large?.shape[axis] ? size : 'batch'));
}
