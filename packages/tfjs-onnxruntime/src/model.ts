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
}

/** Writes a graph as the bytes of an ONNX model. */
export function encodeModel(graph: Graph, options: ModelOptions = {}): Uint8Array<ArrayBuffer> {
  const names = new Map<Value, string>();
  const initializer: onnx.ITensorProto[] = [];
  const outputNames = options.outputNames ?? graph.outputs.map((_, index) => `output${index}`);

  graph.outputs.forEach((value, index) => names.set(value, outputNames[index] ?? ''));
  for (const value of graph.inputs) if (value.source.kind === 'input') names.set(value, value.source.name);

  const nameOf = (value: Value): string => {
    let name = names.get(value);
    if (name === undefined) {
      name = `v${names.size}`;
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
  const custom = node.some(({ domain }) => domain !== '');
  const model = ModelProto.create({
    irVersion: IR_VERSION,
    producerName: '@uniad/tfjs-onnxruntime',
    opsetImport: [{ domain: '', version: OPSET }, ...(custom ? [{ domain: 'com.microsoft', version: 1 }] : [])],
    metadataProps: Object.entries(options.metadata ?? {}).map(([key, value]) => ({ key, value })),
    graph: { name: 'graph', node, initializer, input: graph.inputs.map((value) => valueInfo(nameOf(value), value)), output: graph.outputs.map((value) => valueInfo(nameOf(value), value)) },
  });
  return ModelProto.encode(model).finish() as Uint8Array<ArrayBuffer>;
}

function tensorProto(name: string, value: Value, data: Elements): onnx.ITensorProto {
  const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { name, dataType: ONNX_TYPES[value.dtype], dims: [...value.shape], rawData };
}

function valueInfo(name: string, { shape, dtype }: Value): onnx.IValueInfoProto {
  return { name, type: { tensorType: { elemType: ONNX_TYPES[dtype], shape: { dim: shape.map((dimValue) => ({ dimValue })) } } } };
}

/** JavaScript has one kind of number; these attributes are floats in ONNX, all others that we write are integers. */
const FLOAT_ATTRIBUTES: ReadonlySet<string> = new Set(['alpha', 'beta', 'epsilon', 'gamma']);

function attributeProto(name: string, value: Attribute): onnx.IAttributeProto {
  const types = AttributeProto.AttributeType;
  if (typeof value === 'string') return { name, type: types.STRING, s: new TextEncoder().encode(value) };
  if (typeof value !== 'number') return { name, type: types.INTS, ints: [...value] };
  return FLOAT_ATTRIBUTES.has(name) ? { name, type: types.FLOAT, f: value } : { name, type: types.INT, i: value };
}
