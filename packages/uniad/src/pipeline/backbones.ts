import { describeBackbone, weightsOfStages } from '@uniad/backbones';
import type { StateDict } from '@uniad/nn';
import { below, outside, within } from '../scopes.js';

/** Some stages of a backbone. */
export interface Stages {
  readonly name: string;
  readonly stages: readonly number[];
}

/** The backbones that a configuration names: the first, and where it says so one beside it. */
export interface BackbonesConfig {
  readonly backbone: Stages;
  readonly beside?: (Stages & { readonly patchSize: number }) | null;
}

/** Where the weights of the second backbone stand among those of both. */
const BESIDE = 'beside.';

/** Channels of the joined feature map. */
export function backboneChannels({ backbone, beside }: BackbonesConfig): number {
  return channelsOf(backbone) + (beside ? channelsOf(beside) : 0);
}

/** Channels that the stages of one backbone give. */
export function channelsOf({ name, stages }: Stages): number {
  return describeBackbone(name)
    .stages.filter(({ stage }) => stages.includes(stage))
    .reduce((sum, { channels }) => sum + channels, 0);
}

/**
 * What a model keeps of its backbones' weights: those that its stages are computed with.
 *
 * @param second of the backbone beside; by default those of the first, for one of the same name
 * @throws BackboneError or StateDictError naming what does not fit
 */
export function joinWeights({ backbone, beside }: BackbonesConfig, own: StateDict, second: StateDict = own): StateDict {
  const first = weightsOfStages(backbone.name, { stages: backbone.stages, weights: own });
  if (!beside) return first;
  return { ...first, ...below(BESIDE, weightsOfStages(beside.name, { stages: beside.stages, weights: second })) };
}

/** The weights of each backbone, as {@link joinWeights} joined them. */
export function splitWeights(weights: StateDict): { readonly own: StateDict; readonly second: StateDict } {
  return { own: outside(weights, BESIDE), second: within(weights, BESIDE) };
}
