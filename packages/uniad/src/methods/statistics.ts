import type * as tf from '@tensorflow/tfjs';
import { Parameters, StateDictError } from '@uniad/nn';
import type { StateDict } from '@uniad/nn';
import { RunError } from '../errors.js';

/** The sides of a tensor; a name stands for one that the data decides, the same wherever the name stands. */
export type OpenShape = readonly (number | string)[];

/** Buffers of a method without training: absent until they are measured on good pictures or loaded. */
export class Statistics {
  private readonly buffers = new Map<string, tf.Variable>();

  /** @param parameters hold the buffers, and nothing else; a scope of a larger model's */
  constructor(
    private readonly shapes: Readonly<Record<string, OpenShape>>,
    readonly parameters: Parameters = new Parameters(),
  ) {}

  /** @throws RunError when it is absent */
  get(name: string): tf.Tensor {
    const buffer = this.buffers.get(name);
    if (!buffer) throw new RunError(`Expected a model that has been fitted or loaded but its ${name} is absent`);
    return buffer;
  }

  /** @throws StateDictError listing what is missing, unexpected or misshapen; nothing has changed then */
  loadStateDict(state: StateDict): void {
    const expected = this.expectedShapes(state);
    const missing = [...expected.keys()].filter((name) => !Object.hasOwn(state, name));
    const unexpected = Object.keys(state).filter((name) => !expected.has(name));
    const misshapen = [...expected].flatMap(([name, shape]) => {
      const tensor = Object.hasOwn(state, name) ? state[name] : undefined;
      if (!tensor || tensor.shape.join() === shape.join()) return [];
      return [{ name, expected: shape, received: tensor.shape }];
    });
    if (missing.length + unexpected.length + misshapen.length > 0) {
      throw new StateDictError({ missing, unexpected, misshapen });
    }
    this.dispose();
    for (const [name, shape] of expected) {
      // The state's array may go on being used by whoever holds it.
      const values = () => Float32Array.from(state[name]!.data);
      this.buffers.set(name, this.parameters.createBuffer(name, shape, values));
    }
  }

  dispose(): void {
    this.parameters.dispose();
    this.buffers.clear();
  }

  /** The state's own sizes where the data decides; 1 where it holds none that could be. */
  private expectedShapes(state: StateDict): Map<string, readonly number[]> {
    const sizes = new Map<string, number>();
    const sizeOf = (side: number | string, received: number | undefined) => {
      if (typeof side === 'number') return side;
      if (!sizes.has(side) && received !== undefined && received > 0) sizes.set(side, received);
      return sizes.get(side) ?? 1;
    };
    return new Map(
      Object.entries(this.shapes).map(([name, shape]) => {
        const received = Object.hasOwn(state, name) ? state[name]!.shape : [];
        const sameRank = received.length === shape.length;
        return [name, shape.map((side, axis) => sizeOf(side, sameRank ? received[axis] : undefined))];
      }),
    );
  }
}
