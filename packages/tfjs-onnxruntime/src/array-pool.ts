import { sizeOf } from './graph.js';
import type { Elements, OutputType } from './graph.js';

/** Below this many elements a fresh array costs little. */
const LEAST = 1 << 12;

/**
 * The arrays of freed tensors, for the next ones of their type and size: writing to fresh memory takes about as long as the
 * element-wise operation that does it. They are held weakly, so what is not taken again goes with the next garbage collection.
 */
export class ArrayPool {
  private readonly free = new Map<string, WeakRef<Elements>[]>();

  /** An array that holds anything. */
  take({ shape, dtype }: OutputType): Elements {
    const size = sizeOf(shape);
    const stack = this.free.get(key(dtype, size));
    for (let found = stack?.pop(); found; found = stack?.pop()) {
      const array = found.deref();
      if (array) return array;
    }
    if (dtype === 'float32') return new Float32Array(size);
    return dtype === 'bool' ? new Uint8Array(size) : new Int32Array(size);
  }

  /** Takes in an array that nobody else holds. */
  give(array: Elements, dtype: string): void {
    if (array.length < LEAST) return;
    const name = key(dtype, array.length);
    const stack = this.free.get(name);
    if (stack) stack.push(new WeakRef(array));
    else this.free.set(name, [new WeakRef(array)]);
  }
}

function key(dtype: string, size: number): string {
  return `${dtype} ${size}`;
}
