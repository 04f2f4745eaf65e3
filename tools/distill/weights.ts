import { createBackbone } from '@uniad/backbones';
import { readStateDict, writeSafetensors } from '@uniad/nn';
import type { StateDict } from '@uniad/nn';
import { writeAtomically } from './checkpoint.js';
import { STUDENT } from './distillation.js';

/** Writes half-precision weights, after the backbone has taken what a reader will read. */
export async function writeWeights(
  file: string,
  weights: StateDict,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  const bytes = writeSafetensors(weights, metadata, { halfPrecision: true });
  createBackbone(STUDENT, { stages: [1, 2, 3, 4], weights: readStateDict(bytes) }).dispose();
  await writeAtomically(file, bytes);
}
