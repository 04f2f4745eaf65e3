import { constant, nodes, sizeOf, topological } from '../graph.js';
import type { Elements, Graph, Node, Value } from '../graph.js';
import { expand } from '../ops.js';
import { algebra } from './algebra.js';
import { layout } from './layout.js';

/** Rules make room for one another; a handful of passes settles every graph met so far, and any number is correct. */
const PASSES = 8;

/** The same function in fewer and cheaper nodes, before ONNX Runtime optimizes it further. */
export function simplify(graph: Graph): Graph {
  let { outputs } = graph;
  for (let count = 0, changed = true; changed && count < PASSES; count++) {
    const pass = new Pass();
    outputs = pass.apply(outputs);
    changed = pass.changed;
  }
  return { inputs: graph.inputs, outputs };
}

/** One walk from the inputs to the outputs. */
class Pass {
  private readonly replaced = new Map<Value, Value>();
  private readonly ids = new Map<object, number>();
  private readonly unique = new Map<string, readonly Value[]>();
  private readonly constants = new Map<string, Value>();
  /** Whether a rule applied. */
  changed = false;

  apply(outputs: readonly Value[]): Value[] {
    for (const node of topological(outputs)) this.visit(node);
    return outputs.map((value) => this.replacement(value));
  }

  private visit(node: Node): void {
    const inputs = node.inputs.map((value) => this.replacement(value));
    const [first] = this.share(node, inputs);
    const source = first?.source;
    if (source?.kind !== 'node') return;
    const simpler = this.simpler(source);
    node.outputs.forEach((output, index) => this.replaced.set(output, simpler[index] ?? output));
  }

  private simpler(node: Node): readonly Value[] {
    for (const rule of [...(algebra[node.op] ?? []), ...(layout[node.op] ?? [])]) {
      const result = rule(node);
      if (!result) continue;
      this.changed = true;
      return Array.isArray(result) ? (result as readonly Value[]) : [result as Value];
    }
    return node.outputs;
  }

  /** The outputs of the node on these inputs, the same for equal nodes. */
  private share({ op, domain, attributes, outputs }: Node, inputs: readonly Value[]): readonly Value[] {
    const types = outputs.map(({ dtype, shape }) => `${dtype}[${shape.join()}]`).join();
    const key = `${domain}.${op}(${inputs.map((value) => this.id(value)).join()})${JSON.stringify(attributes)}${types}`;
    const known = this.unique.get(key);
    if (known) return known;
    const fresh = nodes(op, inputs, outputs, attributes, domain);
    this.unique.set(key, fresh);
    return fresh;
  }

  private replacement(value: Value): Value {
    const known = this.replaced.get(value);
    if (known) return known;
    const result = value.source.kind === 'constant' ? this.shareConstant(value, value.source.data) : value;
    this.replaced.set(value, result);
    return result;
  }

  private shareConstant(value: Value, data: Elements): Value {
    const [element] = data;
    // Axes and shapes stay as they are: other nodes want them as plain constants.
    if (value.dtype !== 'int64' && element !== undefined && data.length > 1 && allEqual(data)) {
      return expand(this.shareConstant({ ...value, shape: [] }, data.slice(0, 1)), value.shape);
    }
    const content =
      sizeOf(value.shape) <= SMALL
        ? Array.from<number | bigint, string>(data, (number) => (Object.is(number, -0) ? '-0' : String(number))).join()
        : `#${this.id(data)}`;
    const key = `${value.dtype}[${value.shape.join()}]${content}`;
    const known = this.constants.get(key) ?? constant(data, value.shape, value.dtype);
    this.constants.set(key, known);
    return known;
  }

  private id(object: object): number {
    const known = this.ids.get(object) ?? this.ids.size;
    this.ids.set(object, known);
    return known;
  }
}

function allEqual(data: Elements): boolean {
  for (const element of data) if (!Object.is(element, data[0])) return false;
  return true;
}

/** Constants up to this many elements are compared by their content. */
const SMALL = 64;
