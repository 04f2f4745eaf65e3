import { describeBackbone } from '@uniad/backbones';
import type { ModelConfig } from '../config.js';

/** Channels of the joined feature map. */
export function backboneChannels({ name, stages }: ModelConfig['backbone']): number {
  return describeBackbone(name)
    .stages.filter(({ stage }) => stages.includes(stage))
    .reduce((sum, { channels }) => sum + channels, 0);
}
