import onnxProto from 'onnx-proto';
import type { onnx } from 'onnx-proto';
import { topological } from './graph.js';
import type { Attribute, Elements, Graph, Value } from './graph.js';
import { ONNX_TYPES } from './ops.js';

const { ModelProto, AttributeProto } = onnxProto.onnx;

/** The newest operator set that the reference evaluator and ONNX Runtime versions of the last years all know. */
const OPSET = 17;
const IR_VERSION = 8;

export interface ModelOptions {
  /** The names of the graph's outputs; `output0`, `output1`, ... otherwise. */
  readonly outputNames?: readonly string[];
  readonly metadata?: Readonly<Record<string, string>>;
  /** The dimensions to declare for an input or output in place of its shape; a string stands for any size. */
  readonly dimensions?: ReadonlyMap<Value, readonly (number | string)[]>;
}

/** Writes a graph as the bytes of an ONNX model. */
export function encodeModel(graph: Graph, options: ModelOptions = {}): Uint8Array<ArrayBuffer> {
  const names = new Map<Value, string>();
  const initializer: onnx.ITensorProto[] = [];
  const outputNames = options.outputNames ?? graph.outputs.map((_, index) => `output${index}`);

  graph.outputs.forEach((value, index) => names.set(value, outputNames[index] ?? ''));
  for (const value of graph.inputs) if (value.source.kind === 'input') names.set(value, value.source.name);

  const taken = new Set(names.values());
  let count = 0;
  const nameOf = (value: Value): string => {
    let name = names.get(value);
    if (name === undefined) {
      do name = `v${count++}`;
      while (taken.has(name));
      names.set(value, name);
      if (value.source.kind === 'constant') initializer.push(tensorProto(name, value, value.source.data));
    }
    return name;
  };
  const node = topological(graph.outputs).map(({ op, domain, inputs, outputs, attributes }) => ({
    opType: op,
    domain,
    input: inputs.map(nameOf),
    output: outputs.map(nameOf),
    attribute: Object.entries(attributes).map(([name, value]) => attributeProto(name, value)),
  }));
  const valueInfo = (value: Value): onnx.IValueInfoProto => {
    const dimensions = options.dimensions?.get(value) ?? value.shape;
    const dim = dimensions.map((size) => (typeof size === 'string' ? { dimParam: size } : { dimValue: size }));
    return { name: nameOf(value), type: { tensorType: { elemType: ONNX_TYPES[value.dtype], shape: { dim } } } };
  };
  const custom = node.some(({ domain }) => domain !== '');
  const model = ModelProto.create({
    irVersion: IR_VERSION,
    producerName: '@uniad/tfjs-onnxruntime',
    opsetImport: [{ domain: '', version: OPSET }, ...(custom ? [{ domain: 'com.microsoft', version: 1 }] : [])],
    metadataProps: Object.entries(options.metadata ?? {}).map(([key, value]) => ({ key, value })),
    graph: {
      name: 'graph',
      node,
      initializer,
      input: graph.inputs.map(valueInfo),
      output: graph.outputs.map(valueInfo),
    },
  });
  return ModelProto.encode(model).finish() as Uint8Array<ArrayBuffer>;
}

function tensorProto(name: string, value: Value, data: Elements): onnx.ITensorProto {
  const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { name, dataType: ONNX_TYPES[value.dtype], dims: [...value.shape], rawData };
}

/** JavaScript has one kind of number; these attributes are floats in ONNX, all others that we write are integers. */
const FLOAT_ATTRIBUTES: ReadonlySet<string> = new Set(['alpha', 'beta', 'epsilon', 'gamma']);

function attributeProto(name: string, value: Attribute): onnx.IAttributeProto {
  const types = AttributeProto.AttributeType;
  if (typeof value === 'string') return { name, type: types.STRING, s: new TextEncoder().encode(value) };
  if (typeof value !== 'number') return { name, type: types.INTS, ints: [...value] };
  return FLOAT_ATTRIBUTES.has(name) ? { name, type: types.FLOAT, f: value } : { name, type: types.INT, i: value };
}
