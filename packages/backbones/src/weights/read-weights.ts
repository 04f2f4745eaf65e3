import { readStateDict } from '@uniad/nn';
import type { StateDict } from '@uniad/nn';
import { readTorch } from '@uniad/pickle';
import { WeightsError } from './error.js';

/** What wrappers put in front of every name. */
const PREFIXES = ['module.', 'model.', 'backbone.'];

/** Reads the bytes of a file of weights, safetensors or PyTorch's; errors name where they came from. */
export function readWeights(bytes: Uint8Array, where: string): StateDict {
  const torch = isTorch(bytes);
  try {
    return torch ? withoutPrefixes(readTorch(bytes)) : readStateDict(bytes);
  } catch (error) {
    throw new WeightsError(
      `Expected ${torch ? "PyTorch's" : 'safetensors'} weights in ${where}: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}

/** An archive since PyTorch 1.6, a pickle of protocol 2 before; safetensors start with the length of their header. */
function isTorch(bytes: Uint8Array): boolean {
  const [first, second] = bytes;
  return (first === 0x50 && second === 0x4b) || (first === 0x80 && second === 0x02 && bytes[2] === 0x8a);
}

function withoutPrefixes(state: StateDict): StateDict {
  const names = Object.keys(state);
  const prefix = PREFIXES.find((one) => names.every((name) => name.startsWith(one)));
  if (prefix === undefined) return state;
  return withoutPrefixes(
    Object.fromEntries(Object.entries(state).map(([name, tensor]) => [name.slice(prefix.length), tensor])),
  );
}
