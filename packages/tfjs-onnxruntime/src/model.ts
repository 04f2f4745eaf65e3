import { constantOf, topological } from './graph.js';
import type { Attribute, Elements, Graph, Node, Value } from './graph.js';
import { ONNX_TYPES } from './ops.js';
import { ProtobufWriter } from './protobuf.js';

/** The newest operator set that the reference evaluator and ONNX Runtime versions of the last years all know. */
const STANDARD = { domain: '', version: 17 };
const MICROSOFT = { domain: 'com.microsoft', version: 1 };
const IR_VERSION = 8;

/** Field numbers of onnx.proto, by message: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto */
const MODEL = { irVersion: 1, producerName: 2, graph: 7, opsetImport: 8, metadataProps: 14 };
const OPERATOR_SET = { domain: 1, version: 2 };
const STRING_ENTRY = { key: 1, value: 2 };
const GRAPH = { node: 1, name: 2, initializer: 5, input: 11, output: 12 };
const NODE = { input: 1, output: 2, opType: 4, attribute: 5, domain: 7 };
const ATTRIBUTE = { name: 1, f: 2, i: 3, s: 4, ints: 8, type: 20 };
const ATTRIBUTE_TYPES = { float: 1, int: 2, string: 3, ints: 7 };
const TENSOR = { dims: 1, dataType: 2, name: 8, rawData: 9 };
const VALUE_INFO = { name: 1, type: 2 };
const TYPE = { tensorType: 1 };
const TENSOR_TYPE = { elemType: 1, shape: 2 };
const TENSOR_SHAPE = { dim: 1 };
const DIMENSION = { dimValue: 1, dimParam: 2 };

/** JavaScript has one kind of number; these attributes are floats in ONNX, all others that we write are integers. */
const FLOAT_ATTRIBUTES: ReadonlySet<string> = new Set(['alpha', 'beta', 'epsilon', 'gamma']);

/** About what a node takes, with its share of names and small constants. */
const BYTES_PER_NODE = 256;

export interface ModelOptions {
  /** The names of the graph's outputs; `output0`, `output1`, ... otherwise. */
  readonly outputNames?: readonly string[];
  readonly metadata?: Readonly<Record<string, string>>;
  /** The dimensions to declare for an input or output in place of its shape; a string stands for any size. */
  readonly dimensions?: ReadonlyMap<Value, readonly (number | string)[]>;
}

/** Writes a graph as the bytes of an ONNX model. */
export function encodeModel(graph: Graph, options: ModelOptions = {}): Uint8Array<ArrayBuffer> {
  const nodes = topological(graph.outputs);
  const names = nameValues(graph, nodes, options.outputNames ?? graph.outputs.map((_, index) => `output${index}`));
  const constants = [...names].filter(([{ source }]) => source.kind === 'constant');
  const size = constants.reduce((sum, [value]) => sum + dataOf(value).byteLength, BYTES_PER_NODE * (nodes.length + 1));
  const writer = new ProtobufWriter(size);
  const declare = (field: number, value: Value): void =>
    writeValueInfo(writer, field, nameOf(value, names), value, options.dimensions?.get(value) ?? value.shape);

  writer.each(Object.entries(options.metadata ?? {}), ([key, value]) => {
    writer.message(MODEL.metadataProps, () => {
      writer.text(STRING_ENTRY.value, value);
      writer.text(STRING_ENTRY.key, key);
    });
  });
  writer.each(nodes.some(({ domain }) => domain !== '') ? [STANDARD, MICROSOFT] : [STANDARD], (set) => {
    writer.message(MODEL.opsetImport, () => {
      writer.int(OPERATOR_SET.version, set.version);
      writer.text(OPERATOR_SET.domain, set.domain);
    });
  });
  writer.message(MODEL.graph, () => {
    writer.each(graph.outputs, (value) => declare(GRAPH.output, value));
    writer.each(graph.inputs, (value) => declare(GRAPH.input, value));
    writer.each(constants, ([value, name]) => writeInitializer(writer, name, value));
    writer.text(GRAPH.name, 'graph');
    writer.each(nodes, (node) => writeNode(writer, node, names));
  });
  writer.text(MODEL.producerName, '@uniad/tfjs-onnxruntime');
  writer.int(MODEL.irVersion, IR_VERSION);
  return writer.finish();
}

type Names = ReadonlyMap<Value, string>;

/** A name of its own for every value of the graph; outputs and inputs have theirs already. */
function nameValues(graph: Graph, nodes: readonly Node[], outputNames: readonly string[]): Names {
  const names = new Map(graph.outputs.map((value, index) => [value, outputNames[index] ?? '']));
  for (const value of graph.inputs) if (value.source.kind === 'input') names.set(value, value.source.name);
  const taken = new Set(names.values());
  let count = 0;
  for (const value of nodes.flatMap(({ inputs, outputs }) => [...inputs, ...outputs])) {
    if (names.has(value)) continue;
    while (taken.has(`v${count}`)) count++;
    names.set(value, `v${count++}`);
  }
  return names;
}

function nameOf(value: Value, names: Names): string {
  const name = names.get(value);
  if (name === undefined) throw new RangeError('Expected a value of the graph that is written but received another');
  return name;
}

function writeNode(writer: ProtobufWriter, { op, domain, inputs, outputs, attributes }: Node, names: Names): void {
  writer.message(GRAPH.node, () => {
    writer.text(NODE.domain, domain);
    writer.each(Object.entries(attributes), ([name, value]) => writeAttribute(writer, name, value));
    writer.text(NODE.opType, op);
    writer.each(outputs, (value) => writer.text(NODE.output, nameOf(value, names)));
    writer.each(inputs, (value) => writer.text(NODE.input, nameOf(value, names)));
  });
}

function writeAttribute(writer: ProtobufWriter, name: string, value: Attribute): void {
  writer.message(NODE.attribute, () => {
    if (typeof value === 'string') {
      writer.int(ATTRIBUTE.type, ATTRIBUTE_TYPES.string);
      writer.text(ATTRIBUTE.s, value);
    } else if (typeof value !== 'number') {
      writer.int(ATTRIBUTE.type, ATTRIBUTE_TYPES.ints);
      writer.each(value, (element) => writer.int(ATTRIBUTE.ints, element));
    } else if (FLOAT_ATTRIBUTES.has(name)) {
      writer.int(ATTRIBUTE.type, ATTRIBUTE_TYPES.float);
      writer.float(ATTRIBUTE.f, value);
    } else {
      writer.int(ATTRIBUTE.type, ATTRIBUTE_TYPES.int);
      writer.int(ATTRIBUTE.i, value);
    }
    writer.text(ATTRIBUTE.name, name);
  });
}

function writeInitializer(writer: ProtobufWriter, name: string, value: Value): void {
  const { buffer, byteOffset, byteLength } = dataOf(value);
  writer.message(GRAPH.initializer, () => {
    writer.bytes(TENSOR.rawData, new Uint8Array(buffer, byteOffset, byteLength));
    writer.text(TENSOR.name, name);
    writer.int(TENSOR.dataType, ONNX_TYPES[value.dtype]);
    writer.each(value.shape, (size) => writer.int(TENSOR.dims, size));
  });
}

function dataOf(value: Value): Elements {
  const data = constantOf(value);
  if (!data) throw new RangeError(`Expected a constant but received a ${value.source.kind}`);
  return data;
}

function writeValueInfo(
  writer: ProtobufWriter,
  field: number,
  name: string,
  { dtype }: Value,
  dimensions: readonly (number | string)[],
): void {
  const writeDimension = (size: number | string): void =>
    writer.message(TENSOR_SHAPE.dim, () => {
      if (typeof size === 'string') writer.text(DIMENSION.dimParam, size);
      else writer.int(DIMENSION.dimValue, size);
    });
  writer.message(field, () => {
    writer.message(VALUE_INFO.type, () =>
      writer.message(TYPE.tensorType, () => {
        writer.message(TENSOR_TYPE.shape, () => writer.each(dimensions, writeDimension));
        writer.int(TENSOR_TYPE.elemType, ONNX_TYPES[dtype]);
      }),
    );
    writer.text(VALUE_INFO.name, name);
  });
}
