import { describeBackbone } from '@uniad/backbones';

/** Channels of the joined feature map. */
export function backboneChannels({
  name,
  stages,
}: {
  readonly name: string;
  readonly stages: readonly number[];
}): number {
  return describeBackbone(name)
    .stages.filter(({ stage }) => stages.includes(stage))
    .reduce((sum, { channels }) => sum + channels, 0);
}
