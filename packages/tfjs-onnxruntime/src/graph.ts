/**
 * A graph is nothing but values that point at the nodes they come from. Lowerings and rewrites are functions from values to
 * values; what no output reaches is not in the graph.
 */
export type ElementType = 'float32' | 'int32' | 'bool' | 'int64' | 'int8' | 'uint8';
export type Elements = Float32Array | Int32Array | Uint8Array | Int8Array | BigInt64Array;
export type Shape = readonly number[];
export type Attribute = number | readonly number[] | string;
export type Attributes = Readonly<Record<string, Attribute>>;
export type Domain = '' | 'com.microsoft';

export interface Node {
  readonly kind: 'node';
  readonly op: string;
  readonly domain: Domain;
  readonly inputs: readonly Value[];
  readonly attributes: Attributes;
  readonly outputs: readonly Value[];
}

export interface Constant {
  readonly kind: 'constant';
  readonly data: Elements;
}

/** A graph input: fed at every run. */
export interface Input {
  readonly kind: 'input';
  readonly name: string;
}

export interface Value {
  readonly shape: Shape;
  readonly dtype: ElementType;
  readonly source: Node | Constant | Input;
}

export interface Graph {
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
}

export interface OutputType {
  readonly shape: Shape;
  readonly dtype: ElementType;
}

export function input(name: string, shape: Shape, dtype: ElementType): Value {
  return { shape, dtype, source: { kind: 'input', name } };
}

export function constant(data: Elements, shape: Shape, dtype: ElementType): Value {
  return { shape, dtype, source: { kind: 'constant', data } };
}

/** Emits a node with several outputs. */
export function nodes(
  op: string,
  inputs: readonly Value[],
  types: readonly OutputType[],
  attributes: Attributes = {},
  domain: Domain = '',
): Value[] {
  const outputs: Value[] = [];
  const source: Node = { kind: 'node', op, domain, inputs, attributes, outputs };
  for (const { shape, dtype } of types) outputs.push({ shape, dtype, source });
  return outputs;
}

/** Emits a node with one output. */
export function node(
  op: string,
  inputs: readonly Value[],
  shape: Shape,
  dtype: ElementType,
  attributes: Attributes = {},
  domain: Domain = '',
): Value {
  const outputs: Value[] = [];
  const value: Value = { shape, dtype, source: { kind: 'node', op, domain, inputs, attributes, outputs } };
  outputs.push(value);
  return value;
}

/** The type of tfjs that holds such elements; it has no 64-bit and no 8-bit integers. */
export function tensorType(dtype: ElementType): 'float32' | 'int32' | 'bool' {
  return dtype === 'float32' || dtype === 'bool' ? dtype : 'int32';
}

export function sizeOf(shape: Shape): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dimension, axis) => dimension === b[axis]);
}

/** The node that a value comes from when its operator is `op`. */
export function nodeOf(value: Value, op: string): Node | undefined {
  return value.source.kind === 'node' && value.source.op === op ? value.source : undefined;
}

export function constantOf(value: Value): Elements | undefined {
  return value.source.kind === 'constant' ? value.source.data : undefined;
}

/** Every node that the outputs need, producers before consumers. */
export function topological(outputs: readonly Value[]): Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>();
  // A recorded training step is thousands of nodes deep: a stack of our own in place of recursion.
  const stack: { node: Node; next: number }[] = [];
  const enter = (value: Value): void => {
    if (value.source.kind !== 'node' || seen.has(value.source)) return;
    seen.add(value.source);
    stack.push({ node: value.source, next: 0 });
  };
  for (const output of outputs) {
    enter(output);
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const producer = top.node.inputs[top.next++];
      if (producer) enter(producer);
      else {
        order.push(top.node);
        stack.pop();
      }
    }
  }
  return order;
}
