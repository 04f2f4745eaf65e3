import { availableParallelism } from 'node:os';
import type * as tf from '@tensorflow/tfjs';
import { RecordingError, UnsupportedKernelError } from './errors.js';
import { input, sizeOf, tensorType, topological } from './graph.js';
import type { Elements, ElementType, Graph, Value } from './graph.js';
import { LOWERINGS } from './lowerings/index.js';
import type { Lowering } from './lowerings/lowering.js';
import { openSession } from './open-session.js';
import type { Session } from './session.js';
import type { TensorStore } from './tensor-store.js';

type NamedInput = readonly [name: string, info: tf.TensorInfo];

/** A kernel made ready for one set of attributes, types and shapes; `undefined` where it has no lowering. */
interface Prepared {
  readonly session: Session;
  /** What the session writes. */
  readonly outputs: readonly Value[];
  /** What the kernel gives: an output of the session, or one of its inputs as it is. */
  readonly results: readonly (number | { readonly input: number })[];
  readonly single: boolean;
}

/** Enough for the kernels of several networks at several batch sizes; a session takes some 50 kB. */
export const SESSION_LIMIT = 1024;

/** Below this many multiplications or elements a second thread costs more than it saves. */
const PARALLEL_WORK = 1 << 16;

/** Runs single kernels in sessions, the least recently used of which make room for new ones. */
export class EagerRunner {
  private readonly cache = new Map<string, Prepared | undefined>();

  constructor(private readonly store: TensorStore) {}

  get size(): number {
    return this.cache.size;
  }

  /** The kernel's outputs, or `undefined` where it has no lowering. */
  run(
    kernelName: string,
    { inputs, attrs }: { readonly inputs: tf.NamedTensorInfoMap; readonly attrs?: object | undefined },
    lowering: Lowering | undefined = LOWERINGS[kernelName],
  ): tf.TensorInfo | tf.TensorInfo[] | undefined {
    if (!lowering) return undefined;
    const named = Object.entries(inputs).filter(
      (entry): entry is [string, tf.TensorInfo] => entry[1] !== undefined && entry[1] !== null,
    );
    if (named.some(([, { shape }]) => shape.includes(0))) return undefined;
    const prepared = this.prepare(kernelName, named, attrs, lowering);
    if (!prepared) return undefined;
    const data = prepared.outputs.map((value) => this.store.pool.take(value));
    prepared.session.run(
      named.map(([, { dataId }]) => this.store.elements(dataId)),
      data,
    );
    const outputs = prepared.outputs.map(({ shape, dtype }, index) =>
      this.store.adopt(data[index] as Elements, shape, tensorType(dtype)),
    );
    const taken = new Set<number>();
    const infos = prepared.results.map((result) => {
      if (typeof result !== 'number') return this.store.share(named[result.input]![1]);
      const output = outputs[result]!;
      if (taken.has(result)) return this.store.share(output);
      taken.add(result);
      return output;
    });
    return prepared.single ? infos[0] : infos;
  }

  dispose(): void {
    for (const prepared of this.cache.values()) prepared?.session.dispose();
    this.cache.clear();
  }

  private prepare(
    kernelName: string,
    inputs: readonly NamedInput[],
    attrs: object | undefined,
    lowering: Lowering,
  ): Prepared | undefined {
    const signature = inputs.map(([name, { dtype, shape }]) => `${name}:${dtype}[${shape.join()}]`).join();
    const key = `${kernelName}(${signature})${JSON.stringify(attrs, exactNumber)}`;
    const cached = this.cache.get(key);
    if (cached || this.cache.has(key)) {
      this.cache.delete(key);
      this.cache.set(key, cached);
      return cached;
    }
    const prepared = this.build(inputs, attrs, lowering);
    this.cache.set(key, prepared);
    if (this.cache.size > SESSION_LIMIT) {
      const [oldest = ''] = this.cache.keys();
      this.cache.get(oldest)?.session.dispose();
      this.cache.delete(oldest);
    }
    return prepared;
  }

  private build(inputs: readonly NamedInput[], attrs: object | undefined, lowering: Lowering): Prepared | undefined {
    if (inputs.some(([, { dtype }]) => dtype === 'string' || dtype === 'complex64')) return undefined;
    const named = inputs.map(
      ([name, { shape, dtype }]) => [name, input(`in_${name}`, [...shape], dtype as ElementType)] as const,
    );
    const values = named.map(([, value]) => value);
    try {
      const lowered: Value | readonly Value[] = lowering(Object.fromEntries(named) as never, (attrs ?? {}) as never);
      const wanted: readonly Value[] = Array.isArray(lowered) ? lowered : [lowered as Value];
      const isInput = (value: Value) => values.includes(value);
      const outputs = [...new Set(wanted.filter((value) => !isInput(value)))];
      if (outputs.length === 0 || outputs.some(({ shape, source }) => shape.includes(0) || source.kind !== 'node'))
        return undefined;
      const results = wanted.map((value) =>
        isInput(value) ? { input: values.indexOf(value) } : outputs.indexOf(value),
      );
      const graph = { inputs: values, outputs };
      return {
        session: openSession(graph, { threads: threadsFor(graph) }),
        outputs,
        results,
        single: !Array.isArray(lowered),
      };
    } catch (error) {
      if (error instanceof UnsupportedKernelError || error instanceof RecordingError) return undefined;
      throw error;
    }
  }
}

function threadsFor(graph: Graph): number {
  const work = topological(graph.outputs).reduce((sum, { op, inputs, outputs }) => {
    const inner =
      op.includes('MatMul') || op.startsWith('Conv') ? (inputs[1]?.shape ?? []).reduce((a, b) => Math.max(a, b), 1) : 1;
    return sum + sizeOf(outputs[0]?.shape ?? []) * inner;
  }, 0);
  return work < PARALLEL_WORK ? 1 : availableParallelism();
}

/** JSON has no infinities, no NaN and no negative zero. */
function exactNumber(_: string, value: unknown): unknown {
  return typeof value === 'number' && !(Number.isFinite(value) && !Object.is(value, -0))
    ? `number ${Object.is(value, -0) ? '-0' : value}`
    : value;
}
