import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { readStateDict } from '@uniad/nn';
import { useBackend } from '../test/backends.js';
import { deviation, goldenImages, goldenState, readFixture } from '../test/golden.js';
import type { Summary } from '../test/golden.js';
import { createBackbone, neck } from './common.js';

interface GoldenBackbone {
  readonly backbone: string;
  readonly parameters?: readonly [name: string, shape: readonly number[]][];
  readonly stages: readonly (Summary & { readonly stage: number; readonly stride?: number })[];
  readonly neck?: Summary;
}

const TOLERANCE = 1e-5; // relative to the root mean square of a map
const weightsFolder = resolve(__dirname, '../../../../shared/weights');

jest.setTimeout(300_000); // the plain cpu backend is slow

function expectGolden(golden: GoldenBackbone, weights: Parameters<typeof createBackbone>[1]['weights']): void {
  const backbone = createBackbone(golden.backbone, { stages: golden.stages.map(({ stage }) => stage), weights });
  const images = goldenImages(2, 224);
  const maps = backbone.forward(images);
  golden.stages.forEach((summary, i) => expect(deviation(maps[i]!, summary)).toBeLessThan(TOLERANCE));
  if (golden.neck) {
    const upToStride16 = maps.filter((_, i) => backbone.stages[i]!.stride <= 16);
    expect(deviation(neck(upToStride16, [14, 14]), golden.neck)).toBeLessThan(TOLERANCE);
  }
  backbone.dispose();
}

describe.each([
  ['wasm', ['efficientnet_b0', 'efficientnet_b4', 'resnet18', 'resnet50']],
  ['cpu', ['efficientnet_b0', 'resnet18']], // the plain cpu backend takes a minute for the larger ones
] as const)('generated weights on %s', (backend, names) => {
  useBackend(backend);

  test.each(names)('%s agrees with the official implementation', (name) => {
    const golden = readFixture<GoldenBackbone>(`${name}.json`);
    tf.tidy(() => expectGolden(golden, goldenState(golden.backbone, golden.parameters!)));
  });
});

/** Real weights lie outside the repository: these run where they are at hand. */
const realWeights = {
  tf_efficientnetv2_b0: 'tf_efficientnetv2_b0.in1k.features.safetensors',
  resnet18: 'resnet18.tv_in1k.layers1-3.safetensors',
} as const;
const cases = [
  ['wasm', ['tf_efficientnetv2_b0', 'resnet18']],
  ['cpu', ['tf_efficientnetv2_b0']],
] as const;
for (const [backend, names] of existsSync(weightsFolder) ? cases : []) {
  describe(`real weights on ${backend}`, () => {
    useBackend(backend);

    test.each(names)('%s agrees with timm', (name) => {
      const weights = readStateDict(readFileSync(resolve(weightsFolder, realWeights[name])));
      tf.tidy(() => expectGolden(readFixture<GoldenBackbone>(`${name}_real_weights.json`), weights));
    });
  });
}
