import { StateDictError } from '@uniad/nn';
import type { Generator, StateDict } from '@uniad/nn';
import { convolutionParameters, randomParameters } from './networks/convolution.js';
import type { Convolution, ParameterSpec } from './networks/convolution.js';
import type { Network } from './networks/network.js';

/** Stands for a size that is free, as that of a classifier is. */
const ANY = -1;

/** Convolutions needed for the stages up to the given one. */
export function convolutionsUpTo(network: Network, stage: number): Convolution[] {
  const blocks = network.stages.filter((part) => part.stage <= stage).flatMap((part) => part.blocks);
  return [network.stem, ...blocks].flatMap((block) => block.convolutions);
}

/** Of one network under several namings, the one whose names the file uses. */
export function networkNamedAs(candidates: readonly [Network, ...Network[]], state: StateDict): Network {
  const known = candidates.map(
    (network) => allParameters(network).filter(({ name }) => Object.hasOwn(state, name)).length,
  );
  return candidates[known.indexOf(Math.max(...known))] ?? candidates[0];
}

/**
 * Holds a state dict against the whole network: what the stages up to `deepest` need must be there; the classifier and
 * deeper blocks may be; nothing else may.
 *
 * @throws StateDictError that lists what is missing, unexpected or misshapen
 */
export function checkParameters(network: Network, deepest: number, state: StateDict): void {
  const required = convolutionsUpTo(network, deepest).flatMap(convolutionParameters);
  const shapes = new Map(allParameters(network).map(({ name, shape }) => [name, shape]));
  const missing = required.map(({ name }) => name).filter((name) => !Object.hasOwn(state, name));
  const unexpected = Object.keys(state).filter((name) => !shapes.has(name) && !isBatchCount(name, shapes));
  const misshapen = Object.entries(state).flatMap(([name, { shape, data }]) => {
    const expected = shapes.get(name)?.map((size) => size ?? ANY);
    if (!expected) return [];
    if (!fits(shape, expected)) return [{ name, expected, received: shape }];
    return data.length === sizeOf(shape) ? [] : [{ name, expected, received: [data.length] }];
  });
  if (missing.length + unexpected.length + misshapen.length > 0)
    throw new StateDictError({ missing, unexpected, misshapen });
}

/** Random weights for the stages up to `deepest`. */
export function randomState(network: Network, deepest: number, generator: Generator): StateDict {
  return Object.fromEntries(
    convolutionsUpTo(network, deepest).flatMap((convolution) => randomParameters(convolution, generator)),
  );
}

function allParameters(network: Network): ParameterSpec<number | null>[] {
  const deepest = network.stages.length;
  return [...convolutionsUpTo(network, deepest).flatMap(convolutionParameters), ...network.head];
}

/** PyTorch counts the batches that a batch norm has seen; files of whole models carry these counts. */
function isBatchCount(name: string, shapes: ReadonlyMap<string, unknown>): boolean {
  const suffix = 'num_batches_tracked';
  return name.endsWith(`.${suffix}`) && shapes.has(`${name.slice(0, -suffix.length)}running_mean`);
}

function fits(shape: readonly number[], expected: readonly number[]): boolean {
  return shape.length === expected.length && expected.every((size, i) => size === ANY || size === shape[i]);
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}
