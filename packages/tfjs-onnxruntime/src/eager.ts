import { availableParallelism } from 'node:os';
import type * as tf from '@tensorflow/tfjs';
import type { OnnxRuntimeBackend } from './backend.js';
import { UnsupportedKernelError } from './errors.js';
import { input, sizeOf, topological } from './graph.js';
import type { Elements, ElementType, Graph, Value } from './graph.js';
import { LOWERINGS } from './lowerings/index.js';
import { Session } from './session.js';

type KernelCall = Parameters<tf.KernelFunc>[0];

/** A kernel made ready for one set of attributes, types and shapes; `undefined` where it has no lowering. */
type Prepared = { readonly session: Session; readonly outputs: readonly Value[]; readonly single: boolean } | undefined;

/** Enough for the kernels of several networks at several batch sizes; a session takes some 50 kB. */
export const SESSION_LIMIT = 1024;

/** Below this many multiplications or elements a second thread costs more than it saves. */
const PARALLEL_WORK = 1 << 16;

/** Runs single kernels in sessions, the least recently used of which make room for new ones. */
export class EagerRunner {
  private readonly cache = new Map<string, Prepared>();

  constructor(private readonly backend: OnnxRuntimeBackend) {}

  get size(): number {
    return this.cache.size;
  }

  /** The kernel's outputs, or `undefined` where it has no lowering. */
  run(kernelName: string, { inputs, attrs }: KernelCall): tf.TensorInfo | tf.TensorInfo[] | undefined {
    const named = Object.entries(inputs).filter((entry): entry is [string, tf.TensorInfo] => entry[1] !== undefined && entry[1] !== null);
    if (named.some(([, { shape }]) => shape.includes(0))) return undefined;
    const prepared = this.prepare(kernelName, named, attrs);
    if (!prepared) return undefined;
    const data = prepared.outputs.map(allocate);
    prepared.session.run(
      named.map(([, { dataId }]) => this.backend.elements(dataId)),
      data,
    );
    const infos = prepared.outputs.map(({ shape, dtype }, index) => this.backend.adopt(data[index] ?? new Float32Array(0), shape, dtype === 'int64' ? 'int32' : dtype));
    return prepared.single ? infos[0] : infos;
  }

  dispose(): void {
    for (const prepared of this.cache.values()) prepared?.session.dispose();
    this.cache.clear();
  }

  private prepare(kernelName: string, inputs: readonly (readonly [string, tf.TensorInfo])[], attrs: tf.NamedAttrMap | undefined): Prepared {
    const signature = inputs.map(([name, { dtype, shape }]) => `${name}:${dtype}[${shape.join()}]`).join();
    const key = `${kernelName}(${signature})${JSON.stringify(attrs, exactNumber)}`;
    const cached = this.cache.get(key);
    if (cached || this.cache.has(key)) {
      this.cache.delete(key);
      this.cache.set(key, cached);
      return cached;
    }
    const prepared = build(kernelName, inputs, attrs);
    this.cache.set(key, prepared);
    if (this.cache.size > SESSION_LIMIT) {
      const [oldest = ''] = this.cache.keys();
      this.cache.get(oldest)?.session.dispose();
      this.cache.delete(oldest);
    }
    return prepared;
  }
}

function build(kernelName: string, inputs: readonly (readonly [string, tf.TensorInfo])[], attrs: tf.NamedAttrMap | undefined): Prepared {
  const lowering = LOWERINGS[kernelName];
  if (!lowering || inputs.some(([, { dtype }]) => dtype === 'string' || dtype === 'complex64')) return undefined;
  const values = inputs.map(([name, { shape, dtype }]) => [name, input(`in_${name}`, [...shape], dtype as ElementType)] as const);
  try {
    const result = lowering(Object.fromEntries(values) as never, (attrs ?? {}) as never);
    const outputs: readonly Value[] = Array.isArray(result) ? result : [result as Value];
    if (outputs.some(({ shape, source }) => shape.includes(0) || source.kind !== 'node')) return undefined;
    const graph = { inputs: values.map(([, value]) => value), outputs };
    return { session: new Session(graph, { threads: threadsFor(graph) }), outputs, single: !Array.isArray(result) };
  } catch (error) {
    if (error instanceof UnsupportedKernelError) return undefined;
    throw error;
  }
}

function threadsFor(graph: Graph): number {
  const work = topological(graph.outputs).reduce((sum, { op, inputs, outputs }) => {
    const inner = op.includes('MatMul') || op.startsWith('Conv') ? (inputs[1]?.shape ?? []).reduce((a, b) => Math.max(a, b), 1) : 1;
    return sum + sizeOf(outputs[0]?.shape ?? []) * inner;
  }, 0);
  return work < PARALLEL_WORK ? 1 : availableParallelism();
}

/** JSON has no infinities, no NaN and no negative zero. */
function exactNumber(_: string, value: unknown): unknown {
  return typeof value === 'number' && !(Number.isFinite(value) && !Object.is(value, -0)) ? `number ${Object.is(value, -0) ? '-0' : value}` : value;
}

export function allocate({ shape, dtype }: Value): Elements {
  const size = sizeOf(shape);
  if (dtype === 'float32') return new Float32Array(size);
  return dtype === 'bool' ? new Uint8Array(size) : new Int32Array(size);
}
