import { ArgumentError } from './errors.js';
import type { Generator } from './generator.js';
import { sizeOf } from './shape.js';

/** The first values of a parameter of a given shape, row-major. */
export type Initialiser = (shape: readonly number[]) => Float32Array;

/** Zeros, as biases start. */
export const zeros: Initialiser = (shape) => new Float32Array(sizeOf(shape));

/** Ones, as the scales of norms start. */
export const ones: Initialiser = constant(1);

/** The same value everywhere. */
export function constant(value: number): Initialiser {
  return (shape) => new Float32Array(sizeOf(shape)).fill(value);
}

/** Uniform in [low, high). */
export function uniform(generator: Generator, low: number, high: number): Initialiser {
  return (shape) => generator.fillUniform(new Float32Array(sizeOf(shape)), low, high);
}

/** Draws from N(mean, deviation^2). */
export function normal(generator: Generator, mean: number, deviation: number): Initialiser {
  return (shape) => generator.fillNormal(new Float32Array(sizeOf(shape)), mean, deviation);
}

/**
 * Uniform within ±√(6 / (fan in + fan out)) (Glorot and Bengio 2010), fans counted as in PyTorch: shapes are
 * `[out, in, ...kernel]`.
 *
 * The initialiser throws ArgumentError for a shape of fewer than two dimensions.
 */
export function xavierUniform(generator: Generator): Initialiser {
  return (shape) => {
    const [outputs, inputs, ...kernel] = shape;
    if (outputs === undefined || inputs === undefined) {
      throw new ArgumentError(
        `Expected a shape of two or more dimensions for xavierUniform but received [${shape.join(', ')}]`,
      );
    }
    const bound = Math.sqrt(6 / ((outputs + inputs) * sizeOf(kernel)));
    return generator.fillUniform(new Float32Array(sizeOf(shape)), -bound, bound);
  };
}

/** Draws from N(0, 2 / fan out) (He et al. 2015), as torchvision initialises the convolutions of ResNets, `[out, in, height, width]`. */
export function heNormal(generator: Generator): Initialiser {
  return (shape) => {
    const [outputs = 1, , ...kernel] = shape;
    return normal(generator, 0, Math.sqrt(2 / (outputs * sizeOf(kernel))))(shape);
  };
}
