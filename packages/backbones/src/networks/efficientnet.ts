import { convolutionParameters } from './convolution.js';
import type { EfficientNetNames } from './efficientnet-names.js';
import { FusedResidual, InvertedResidual, PlainBlock } from './efficientnet-blocks.js';
import type { BlockShape, BlockStyle } from './efficientnet-blocks.js';
import type { BlockGroup, EfficientNetVariant } from './efficientnet-variants.js';
import type { Block, Network } from './network.js';
import { samePadding, samePaddingAt } from './padding.js';
import { SingleConvolution } from './single-convolution.js';

const HEAD_CHANNELS = 1280;
const EPSILON = 1e-3; // of batch norm, as in TensorFlow
const CLASSES = null;

export function efficientNet(variant: EfficientNetVariant, names: EfficientNetNames): Network {
  const { groups, stemChannels, activation, squeezeExcite, fixedEnds } = variant.family;
  const make = maker(variant);
  let channels = fixedEnds ? stemChannels : scaledChannels(stemChannels, variant);
  const stem = make({
    name: names.stem,
    norm: names.stemNorm,
    inChannels: 3,
    outChannels: channels,
    kernel: 3,
    stride: 2,
    totalStride: 1,
    activation,
  });

  const stages: { stage: number; channels: number; stride: number; blocks: Block[] }[] = [];
  let stride = 2;
  let index = 0;
  groups.forEach((group, i) => {
    if (i === 0 || group.stride > 1)
      stages.push({ stage: stages.length + 1, channels, stride: stride * group.stride, blocks: [] });
    const stage = stages.at(-1)!;
    const isEnd = i === 0 || i === groups.length - 1;
    const repeats = fixedEnds && isEnd ? group.repeats : Math.ceil(group.repeats * variant.depth);
    for (let j = 0; j < repeats; j++, index++) {
      const shape: BlockShape = {
        inChannels: channels,
        outChannels: scaledChannels(group.channels, variant),
        expansion: group.expansion,
        kernel: group.kernel,
        stride: j === 0 ? group.stride : 1,
        totalStride: stride,
      };
      const kind = group.kind === 'inverted' && group.expansion === 1 ? 'separable' : group.kind;
      const blockNames = names.block({ index, group: i, indexInGroup: j, kind });
      stage.blocks.push(new BLOCKS[group.kind](shape, blockNames, { make, activation, squeezeExcite }));
      channels = shape.outChannels;
      stride *= shape.stride;
    }
    stage.channels = channels;
  });

  const headChannels = fixedEnds ? HEAD_CHANNELS : scaledChannels(HEAD_CHANNELS, variant);
  const head = make({
    name: names.head,
    norm: names.headNorm,
    inChannels: channels,
    outChannels: headChannels,
    kernel: 1,
    stride: 1,
    totalStride: stride,
  });
  return {
    stem: new SingleConvolution(stem),
    stages,
    head: [
      ...convolutionParameters(head),
      { name: `${names.classifier}.weight`, shape: [CLASSES, headChannels] },
      { name: `${names.classifier}.bias`, shape: [CLASSES] },
    ],
  };
}

const BLOCKS: Readonly<Record<BlockGroup['kind'], typeof InvertedResidual | typeof FusedResidual | typeof PlainBlock>> =
  {
    inverted: InvertedResidual,
    fused: FusedResidual,
    plain: PlainBlock,
  };

function maker({ designSize }: EfficientNetVariant): BlockStyle['make'] {
  return ({ norm, totalStride, ...convolution }) => ({
    ...convolution,
    ...(norm ? { batchNorm: { name: norm, epsilon: EPSILON } } : {}),
    padding:
      designSize === undefined
        ? samePadding(convolution.kernel, convolution.stride)
        : samePaddingAt(Math.ceil(designSize / totalStride), convolution.kernel, convolution.stride),
  });
}

/** Channels times the width, rounded to a multiple of 8 that does not lose too many of them. */
function scaledChannels(channels: number, { width, family }: EfficientNetVariant): number {
  const scaled = channels * width;
  const rounded = Math.max(8, Math.floor((scaled + 4) / 8) * 8);
  return rounded < (1 - family.roundingLoss) * scaled ? rounded + 8 : rounded;
}
