import { readStateDict } from '@uniad/nn';
import type { StateDict } from '@uniad/nn';
import { WeightsError } from './error.js';

/** Reads safetensors bytes; errors name where they came from. */
export function readWeights(bytes: Uint8Array, where: string): StateDict {
  try {
    return readStateDict(bytes);
  } catch (error) {
    throw new WeightsError(
      `Expected safetensors weights in ${where}: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}
