import { UnsupportedKernelError } from '../errors.js';
import type { ElementType, Value } from '../graph.js';

/**
 * Turns one tfjs kernel (its inputs and attributes) into ONNX values. Throws `UnsupportedKernelError` where this use of the
 * kernel has no equivalent. Each states the inputs and attributes of its own kernel: `never` lets one table hold them all.
 */
export type Lowering = (inputs: never, attrs: never) => Value | readonly Value[];
export type Lowerings = Readonly<Record<string, Lowering>>;

export interface Unary {
  readonly x: Value;
}

export interface Binary {
  readonly a: Value;
  readonly b: Value;
}

export function requireDtype(value: Value, ...expected: readonly ElementType[]): void {
  if (!expected.includes(value.dtype))
    throw new UnsupportedKernelError(`Expected ${expected.join(' or ')} but received ${value.dtype}`);
}

export function requireThat(condition: boolean, message: string): asserts condition {
  if (!condition) throw new UnsupportedKernelError(message);
}
