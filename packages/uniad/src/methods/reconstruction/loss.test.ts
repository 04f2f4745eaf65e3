import * as tf from '@tensorflow/tfjs';
import { Generator } from '@uniad/nn';
import { reconstructionLoss, tokenDifference } from './loss.js';

beforeAll(() => tf.setBackend('cpu'));

const [BATCH, ROWS, COLUMNS, CHANNELS] = [2, 3, 4, 5] as const;
const SIZE = BATCH * ROWS * COLUMNS * CHANNELS;

const values = (seed: number) => new Generator(seed).fillNormal(new Float32Array(SIZE), 0.5, 1);
const tensor = (data: Float32Array) => tf.tensor4d(data, [BATCH, ROWS, COLUMNS, CHANNELS]);

type Token = readonly number[];
const tokensOf = (data: Float32Array): Token[] =>
  Array.from({ length: SIZE / CHANNELS }, (_, i) => Array.from(data.subarray(i * CHANNELS, (i + 1) * CHANNELS)));
const dot = (a: Token, b: Token) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
const unit = (token: Token) => token.map((value) => value / Math.sqrt(dot(token, token)));
const squaredDistance = (a: Token, b: Token) => a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0);
const mean = (numbers: readonly number[]) => numbers.reduce((sum, value) => sum + value, 0) / numbers.length;

/** Equations 4, A2 and A3 and their maps once more, token by token; A3 with the sign under which training makes it small. */
const slow = {
  mse: {
    loss: (f: Token[], r: Token[]) => mean(f.map((token, i) => squaredDistance(token, r[i]!) / CHANNELS)),
    map: (f: Token, r: Token) => Math.sqrt(squaredDistance(f, r)),
  },
  'normalized-mse': {
    loss: (f: Token[], r: Token[]) => mean(f.map((token, i) => squaredDistance(unit(token), unit(r[i]!)))),
    map: (f: Token, r: Token) => Math.sqrt(squaredDistance(unit(f), unit(r))),
  },
  cosine: {
    loss: (f: Token[], r: Token[]) => mean(f.map((token, i) => 1 - dot(unit(token), unit(r[i]!)))),
    map: (f: Token, r: Token) => 1 - dot(unit(f), unit(r)),
  },
};

describe.each(['mse', 'normalized-mse', 'cosine'] as const)('the loss %s', (loss) => {
  const [features, reconstruction] = [values(1), values(2)];
  const [f, r] = [tokensOf(features), tokensOf(reconstruction)];

  test('agrees with a second implementation', () => {
    const [actual] = reconstructionLoss(tensor(features), tensor(reconstruction), loss).dataSync();
    expect(actual).toBeCloseTo(slow[loss].loss(f, r), 5);
  });

  test('has the map that goes with it', () => {
    const map = tokenDifference(tensor(features), tensor(reconstruction), loss);
    expect(map.shape).toEqual([BATCH, ROWS, COLUMNS]);
    map.dataSync().forEach((value, i) => expect(value).toBeCloseTo(slow[loss].map(f[i]!, r[i]!), 5));
  });

  test('is 0 for a perfect reconstruction, with a finite gradient', () => {
    const { value, grad } = tf.valueAndGrad((x) => reconstructionLoss(tensor(features), x as tf.Tensor4D, loss))(
      tensor(features),
    ) as unknown as { value: tf.Scalar; grad: tf.Tensor };
    expect(value.dataSync()[0]).toBeCloseTo(0, 6);
    expect(grad.dataSync().every(Number.isFinite)).toBe(true);
  });

  test('has the gradient of finite differences', () => {
    const lossOf = (data: Float32Array) => slow[loss].loss(f, tokensOf(data));
    const grad = tf
      .grad((x) => reconstructionLoss(tensor(features), x as tf.Tensor4D, loss))(tensor(reconstruction))
      .dataSync();
    for (const i of [0, 7, 23, SIZE - 1]) {
      const [up, down] = [1, -1].map((sign) => {
        const moved = Float64Array.from(reconstruction) as unknown as Float32Array;
        moved[i]! += sign * 1e-4;
        return lossOf(moved);
      });
      expect(grad[i]).toBeCloseTo((up! - down!) / 2e-4, 4);
    }
  });
});
