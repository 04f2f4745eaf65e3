import { Generator } from '@uniad/nn';
import { defaultConfig } from '../config.js';
import { selectDevice } from '../device/select-device.js';
import { ReconstructionModel } from '../methods/reconstruction/reconstruction-model.js';
import { complexityOf } from './complexity.js';

test("the default model has the official code's 7.72 million parameters, at 272 channels", async () => {
  await selectDevice('onnxruntime');
  const model = new ReconstructionModel(defaultConfig, 272, new Generator(0));
  const count = model.parameters.entries().reduce((sum, [, variable]) => sum + variable.size, 0);
  expect((count / 1e6).toFixed(2)).toBe('7.72');
  model.dispose();
});

test('is counted from the model: products by hand, for a network without attention', async () => {
  await selectDevice('onnxruntime');
  const config = {
    ...defaultConfig,
    backbone: { name: 'uniad_tiny', stages: [1], frozen: true },
    imageSize: [32, 32],
    featureSize: [2, 2],
    reconstruction: 'mlp',
    queries: 'none',
    hiddenDim: 8,
    feedForwardDim: 16,
    encoderLayers: 1,
    decoderLayers: 0,
  } as const;
  const { parameters, flops } = await complexityOf(config);
  // uniad_tiny's stem (3 to 16 channels) and first block (16 to 16 to 16), on 16x16 places.
  const backbone = 16 * 16 * (9 * 3 * 16 + 9 * 16 * 16 + 16 * 16);
  const network = 4 * (16 * 8 + 8 * 8 + 8 * 16 + 16 * 8 + 8 * 16);
  expect(flops * 1e9).toBeCloseTo(2 * (backbone + network), 0);
  const [projections, layer] = [16 * 8 + 8 + 8 * 16 + 16, 8 * 8 + 8 + 3 * 16 + 8 * 16 + 16 + 16 * 8 + 8];
  expect(parameters * 1e6).toBeCloseTo(projections + layer, 0);
});
