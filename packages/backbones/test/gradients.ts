import * as tf from '@tensorflow/tfjs';
import { Generator } from '@uniad/nn';
import type { Parameters } from '@uniad/nn';

/**
 * Holds the gradients of a random weighted mean of maps against central differences: for every variable the slope along
 * its gradient and along a random direction.
 */
export function expectSlopesToBeRight(parameters: Parameters, forward: () => tf.Tensor[], tolerance = 1e-2): void {
  const generator = new Generator(7);
  const draw = (size: number): Float32Array => generator.fillNormal(new Float32Array(size), 0, 1);
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    const weights = forward().map((map) => tf.tensor(draw(map.size), map.shape));
    const loss = (): tf.Scalar => tf.addN(forward().map((map, i) => tf.mean(tf.mul(map, weights[i]!)))) as tf.Scalar;
    /** Added up in double precision. */
    const value = (): number =>
      tf.tidy(() =>
        forward().reduce((total, map, i) => {
          const products = tf.mul(map, weights[i]!).dataSync<'float32'>();
          return total + products.reduce((sum, product) => sum + product, 0) / products.length;
        }, 0),
      );
    const named = parameters.entries();
    const { grads } = tf.variableGrads(
      loss,
      named.map(([, variable]) => variable),
    );
    for (const [name, variable] of named) {
      const gradient = Float32Array.from(grads[variable.name]!.dataSync());
      const start = Float32Array.from(variable.dataSync());
      const [steepest, own] = [norm(gradient), norm(start)];
      for (const direction of [gradient.slice(), draw(start.length)]) {
        const length = norm(direction) || 1;
        const step = 2e-3 * Math.max(own, 0.5);
        const at = (sign: number): number => {
          const moved = start.map((x, i) => x + (sign * step * direction[i]!) / length);
          tf.tidy(() => variable.assign(tf.tensor(moved, variable.shape)));
          return value();
        };
        const numeric = (at(1) - at(-1)) / (2 * step);
        const slope = gradient.reduce((sum, g, i) => sum + g * direction[i]!, 0) / length;
        const isRight = Math.abs(numeric - slope) < tolerance * steepest + 2e-4;
        expect({ name, numeric, slope, isRight }).toEqual({ name, numeric, slope, isRight: true });
      }
      tf.tidy(() => variable.assign(tf.tensor(start, variable.shape)));
    }
    // Else a gradient of zeros everywhere would do.
    expect(named.filter(([, variable]) => norm(grads[variable.name]!.dataSync()) > 1e-3).length).toBeGreaterThan(
      named.length / 2,
    );
  });
  expect(tf.memory().numTensors).toBe(before);
}

function norm(values: ArrayLike<number>): number {
  return Math.sqrt(Array.from(values).reduce((sum, value) => sum + value * value, 0));
}
