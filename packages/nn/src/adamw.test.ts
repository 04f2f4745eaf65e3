import * as tf from '@tensorflow/tfjs';
import { onEveryBackend } from '../test/backends.js';
import { AdamW } from './adamw.js';
import { ArgumentError } from './errors.js';
import { Parameters } from './parameters.js';
import { StateDictError } from './state-dict.js';

const settings = { learningRate: 0.1, weightDecay: 0.05, betas: [0.8, 0.95], epsilon: 1e-3 } as const;

/** torch.optim.AdamW of torch 2.13 with these settings and gradients, the rate lowered to 0.01 before the third step. */
const golden = [
  { p: [0.3978322148323059, -1.3405241966247559, 1.9809091091156006], q: [2.8851001262664795, -0.10079539567232132] },
  { p: [0.29841309785842896, -1.4154850244522095, 1.9619137048721313], q: [2.881774663925171, -0.20009182393550873] },
  { p: [0.28848037123680115, -1.4183390140533447, 1.9600236415863037], q: [2.876894474029541, -0.2099718153476715] },
  { p: [0.2784253656864166, -1.415276050567627, 1.9581345319747925], q: [2.876565933227539, -0.21984685957431793] },
];
const goldenMoments = {
  'p.exp_avg': [0.4915200173854828, -0.0032480002846568823, 5.903999772272073e-5],
  'p.exp_avg_sq': [0.1305781900882721, 9.284437692258507e-5, 1.8549373148601944e-9],
  'scope.q.exp_avg': [-0.06560001522302628, 0.295199990272522],
  'scope.q.exp_avg_sq': [0.18549373745918274, 0.046373434364795685],
};

const gradients = (step: number): Record<string, tf.Tensor> => ({
  p: tf.tensor([0.3 * (step + 1), -0.02 * (step - 1.5), 1e-4]),
  'scope.q': tf.tensor([[(-1) ** step, 0.5]]),
});

function expectNear(actual: ArrayLike<number>, expected: readonly number[]): void {
  expected.forEach((value, i) =>
    expect(Math.abs(actual[i]! - value)).toBeLessThanOrEqual(3e-7 * Math.max(1, Math.abs(value))),
  );
}

onEveryBackend(() => {
  let parameters: Parameters;
  let optimizer: AdamW;
  let before: number;

  const fresh = () => {
    parameters = new Parameters();
    parameters.create('p', [3], () => Float32Array.of(0.5, -1.25, 2));
    parameters.scope('scope').create('q', [1, 2], () => Float32Array.of(3, -0.001));
    optimizer = new AdamW(parameters, settings);
  };
  const step = (index: number) => {
    if (index === 2) optimizer.learningRate = 0.01;
    tf.tidy(() => optimizer.step(gradients(index)));
  };
  const free = () => {
    optimizer.dispose();
    parameters.dispose();
  };

  beforeEach(() => {
    before = tf.memory().numTensors;
    fresh();
  });
  afterEach(() => {
    free();
    expect(tf.memory().numTensors).toBe(before);
  });

  test('equals torch', async () => {
    for (const [index, { p, q }] of golden.entries()) {
      step(index);
      const state = await parameters.stateDict();
      expectNear(state.p!.data, p);
      expectNear(state['scope.q']!.data, q);
    }
    const state = await optimizer.stateDict();
    expect(Object.keys(state).sort()).toEqual([...Object.keys(goldenMoments), 'step'].sort());
    for (const [name, values] of Object.entries(goldenMoments)) expectNear(state[name]!.data, values);
    expect(state.step).toEqual({ shape: [], data: Float32Array.of(4) });
  });

  test('updates a parameter alike whether it is large or joined with small ones', async () => {
    const values = (size: number) => Float32Array.from({ length: size }, (_, i) => Math.sin(i));
    const [large, small] = [[70, 70], [70]] as const;
    const mixed = new Parameters();
    mixed.create('large', [...large], () => values(4900));
    for (const name of ['first', 'second']) mixed.create(name, [...small], () => values(70));
    const adam = new AdamW(mixed, settings);
    for (let i = 0; i < 3; i++) {
      tf.tidy(() =>
        adam.step({
          large: tf.tensor(values(4900), [...large]),
          first: tf.tensor(values(70)),
          second: tf.tensor(values(70)),
        }),
      );
    }
    const { large: whole, first, second } = await mixed.stateDict();
    expectNear(first!.data, Array.from(whole!.data.subarray(0, 70)));
    expect([first!.shape, second]).toEqual([[70], first]);
    adam.dispose();
    mixed.dispose();
  });

  test('a run that was saved and loaded is the straight run, bit for bit', async () => {
    for (let i = 0; i < 6; i++) step(i);
    const straight = { parameters: await parameters.stateDict(), optimizer: await optimizer.stateDict() };
    free();
    fresh();
    for (let i = 0; i < 3; i++) step(i);
    const saved = {
      parameters: await parameters.stateDict(),
      optimizer: await optimizer.stateDict(),
      learningRate: optimizer.learningRate,
    };
    free();
    fresh();
    parameters.loadStateDict(saved.parameters);
    optimizer.loadStateDict(saved.optimizer);
    optimizer.learningRate = saved.learningRate;
    for (let i = 3; i < 6; i++) step(i);
    expect({ parameters: await parameters.stateDict(), optimizer: await optimizer.stateDict() }).toEqual(straight);
  });

  test('steps leave the number of tensors unchanged', () => {
    const tensors = tf.memory().numTensors;
    for (let i = 0; i < 50; i++) step(i);
    expect(tf.memory().numTensors).toBe(tensors);
    expect(tensors - before).toBe(6);
  });

  test('a state dict holds what is there when it is asked for', async () => {
    step(0);
    const expected = [await parameters.stateDict(), await optimizer.stateDict()];
    const asked = [parameters.stateDict(), optimizer.stateDict()];
    step(1);
    expect(await Promise.all(asked)).toEqual(expected);
    expect(await parameters.stateDict()).not.toEqual(expected[0]);
  });

  test('gradients must be those of the parameters; nothing changes otherwise', async () => {
    step(0);
    const state = [await parameters.stateDict(), await optimizer.stateDict()];
    tf.tidy(() => {
      expect(() => optimizer.step({ p: tf.zeros([3]) })).toThrow('received none for scope.q');
      expect(() => optimizer.step({ ...gradients(1), r: tf.zeros([1]) })).toThrow(ArgumentError);
    });
    expect([await parameters.stateDict(), await optimizer.stateDict()]).toEqual(state);
  });

  test('another state dict is refused in full; nothing changes', async () => {
    step(0);
    const state = await optimizer.stateDict();
    const kept = Object.entries(state).filter(([name]) => name !== 'step' && name !== 'p.exp_avg');
    const wrong = Object.fromEntries([...kept, ['extra', state.step!]]);
    expect(() => optimizer.loadStateDict(wrong)).toThrow(StateDictError);
    expect(() => optimizer.loadStateDict(wrong)).toThrow('missing: p.exp_avg, step; unexpected: extra');
    expect(await optimizer.stateDict()).toEqual(state);
  });

  test.each([
    { learningRate: -1 },
    { learningRate: NaN },
    { learningRate: 1, betas: [1, 0.9] as const },
    { learningRate: 1, epsilon: -1 },
    { learningRate: 1, weightDecay: -1 },
  ])('refuses %p', (options) => {
    expect(() => new AdamW(parameters, options)).toThrow(ArgumentError);
  });
});

describe('recorded once and replayed', () => {
  const draws: ((values: Float32Array) => void)[] = [];

  beforeAll(async () => {
    await tf.setBackend('cpu');
    const kernelFunc: tf.KernelFunc = ({ attrs }) => {
      const { fill, shape } = attrs as object as { fill: (values: Float32Array) => void; shape: number[] };
      draws.push(fill);
      const values = new Float32Array(3);
      fill(values);
      return tf.tensor(values, shape);
    };
    tf.registerKernel({ kernelName: 'HostValues', backendName: 'cpu', kernelFunc });
  });
  afterAll(() => tf.unregisterKernel('HostValues', 'cpu'));

  test('every draw counts a step and takes the rate of the moment', async () => {
    const parameters = new Parameters();
    parameters.create('p', [1], () => Float32Array.of(1));
    const optimizer = new AdamW(parameters, { learningRate: 0.1, weightDecay: 0.5 });
    tf.tidy(() => optimizer.step({ p: tf.ones([1]) }));
    expect(draws.length).toBe(1);
    optimizer.learningRate = 0.2;
    const scalars = new Float32Array(3);
    draws[0]!(scalars);
    const [decay, stepSize] = scalars;
    expect((await optimizer.stateDict()).step!.data[0]).toBe(2);
    expect(decay).toBeCloseTo(0.9, 6);
    expect(stepSize).toBeCloseTo((0.2 * Math.sqrt(1 - 0.999 ** 2)) / (1 - 0.9 ** 2), 6);
    optimizer.dispose();
    parameters.dispose();
  });
});
