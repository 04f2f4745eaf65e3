import * as tf from '@tensorflow/tfjs';
import { Generator } from '@uniad/nn';

/** Σ of the elements times `weights`, added up in double precision. */
function weightedSum(output: tf.Tensor, weights: ArrayLike<number>): number {
  return output.dataSync<'float32'>().reduce((sum, y, i) => sum + y * weights[i]!, 0);
}

function moved(values: ArrayLike<number>, delta: number, direction: (i: number) => number): Float32Array {
  return Float32Array.from(values, (value, i) => value + delta * direction(i));
}

const STEP = 1e-2;

/** Holds the gradients of a random weighted sum of the operation's output against central differences, element by element. */
export function expectGradientsToBeRight(
  operation: (...inputs: tf.Tensor[]) => tf.Tensor,
  inputs: readonly tf.Tensor[],
  tolerance = 1e-3,
): void {
  tf.tidy(() => {
    const weights = tf.randomNormal(operation(...inputs).shape, 0, 1, 'float32', 99);
    const factors = weights.dataSync();
    const actual = tf.grads((...x) => tf.sum(tf.mul(operation(...x), weights)))([...inputs]);
    inputs.forEach((input, which) => {
      const gradient = actual[which]!.dataSync();
      gradient.forEach((value, i) => {
        const at = (delta: number) => {
          const x = tf.tensor(
            moved(input.dataSync(), delta, (j) => Number(i === j)),
            input.shape,
          );
          return weightedSum(operation(...inputs.map((other, j) => (j === which ? x : other))), factors);
        };
        const numeric = tf.tidy(() => (at(STEP) - at(-STEP)) / (2 * STEP));
        expect(Math.abs(value - numeric)).toBeLessThan(tolerance * (1 + Math.abs(numeric)));
      });
    });
  });
}

/**
 * Holds the gradients of a random weighted sum of the output with respect to named variables against central differences, along
 * random directions: `[variable, along the gradient, by differences]` rows for the caller to compare.
 */
export function directionalGradients(
  forward: () => tf.Tensor,
  variables: readonly (readonly [name: string, variable: tf.Variable])[],
): [name: string, actual: number, numeric: number][] {
  return tf.tidy(() => {
    const weights = tf.randomNormal(forward().shape, 0, 1, 'float32', 99);
    const factors = weights.dataSync();
    const { grads } = tf.variableGrads(
      () => tf.sum(tf.mul(forward(), weights)),
      variables.map(([, variable]) => variable),
    );
    return variables.map(([name, variable]) => {
      const start = Float32Array.from(variable.dataSync());
      const direction = new Generator(5).fork(name).fillNormal(new Float32Array(start.length), 0, 1);
      const length = Math.hypot(...direction);
      const at = (delta: number) => {
        variable.assign(
          tf.tensor(
            moved(start, delta, (i) => direction[i]! / length),
            variable.shape,
          ),
        );
        return weightedSum(forward(), factors);
      };
      const numeric = (at(STEP) - at(-STEP)) / (2 * STEP);
      variable.assign(tf.tensor(start, variable.shape));
      const gradient = grads[variable.name]!.dataSync<'float32'>();
      return [name, gradient.reduce((sum, g, i) => sum + (g * direction[i]!) / length, 0), numeric];
    });
  });
}
