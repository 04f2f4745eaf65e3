import * as tf from '@tensorflow/tfjs';
import type {
  AvgPoolAttrs,
  AvgPoolGradAttrs,
  Conv2DAttrs,
  Conv2DBackpropFilterAttrs,
  Conv2DBackpropInputAttrs,
  DepthwiseConv2dNativeBackpropFilterAttrs,
  DepthwiseConv2dNativeBackpropInputAttrs,
  FusedConv2DAttrs,
  MaxPoolAttrs,
} from '@tensorflow/tfjs';
import { node } from '../graph.js';
import type { Attributes, Shape, Value } from '../graph.js';
import { add, concat, dimension, fill, matMul, mul, pad, reduce, reshape, slice, transpose } from '../ops.js';
import { activate } from './elementwise.js';
import { requireDtype, requireThat } from './lowering.js';
import type { Lowerings, Unary } from './lowering.js';

type Info = tf.backend_util.Conv2DInfo;
type Shape4D = [number, number, number, number];

// tfjs keeps pictures as NHWC, ONNX as NCHW. Every operator here goes there and back; the layout pass takes out what cancels.
const toChannelsFirst = (x: Value): Value => transpose(x, [0, 3, 1, 2]);
const toChannelsLast = (x: Value): Value => transpose(x, [0, 2, 3, 1]);

function shape4D({ shape }: { readonly shape: Shape }): Shape4D {
  const [n = 0, h = 0, w = 0, c = 0] = shape;
  return [n, h, w, c];
}

function requireNHWC(dataFormat: string | undefined): void {
  requireThat(
    dataFormat === undefined || dataFormat === 'NHWC',
    `Expected the data format NHWC but received ${dataFormat}`,
  );
}

function window({ padInfo, strideHeight, strideWidth }: Info): Attributes {
  return { strides: [strideHeight, strideWidth], pads: [padInfo.top, padInfo.left, padInfo.bottom, padInfo.right] };
}

function convWindow(info: Info): Attributes {
  return {
    ...window(info),
    dilations: [info.dilationHeight, info.dilationWidth],
    kernel_shape: [info.filterHeight, info.filterWidth],
  };
}

/** [height, width, channels, multiplier] as ONNX's [channels * multiplier, 1, height, width]. */
function depthwiseFilter(filter: Value): Value {
  const [height, width, channels, multiplier] = shape4D(filter);
  return reshape(transpose(filter, [2, 3, 0, 1]), [channels * multiplier, 1, height, width]);
}

function convolve(x: Value, filter: Value, attrs: Conv2DAttrs, depthwise: boolean): Value {
  requireDtype(x, 'float32');
  requireNHWC(attrs.dataFormat);
  const info = tf.backend_util.computeConv2DInfo(
    shape4D(x),
    shape4D(filter),
    attrs.strides,
    attrs.dilations,
    attrs.pad,
    attrs.dimRoundingMode,
    depthwise,
  );
  const kernel = depthwise ? depthwiseFilter(filter) : transpose(filter, [3, 2, 0, 1]);
  const shape = [info.batchSize, info.outChannels, info.outHeight, info.outWidth];
  const group = depthwise ? info.inChannels : 1;
  return toChannelsLast(node('Conv', [toChannelsFirst(x), kernel], shape, 'float32', { ...convWindow(info), group }));
}

interface ConvInputs extends Unary {
  readonly filter: Value;
}

interface FusedConvInputs extends ConvInputs {
  readonly bias?: Value;
  readonly preluActivationWeights?: Value;
}

function fusedConvolve(
  { x, filter, bias, preluActivationWeights }: FusedConvInputs,
  attrs: FusedConv2DAttrs,
  depthwise: boolean,
): Value {
  const y = convolve(x, filter, attrs, depthwise);
  return activate(bias ? add(y, bias) : y, attrs.activation, preluActivationWeights, attrs.leakyreluAlpha);
}

/** The gradient with respect to the input: a transposed convolution, padded at the end by what the stride left over. */
function convolutionInputGradient(dy: Value, kernel: Value, info: Info, group: number): Value {
  const { padInfo } = info;
  const leftover = [
    info.inHeight -
      (info.strideHeight * (info.outHeight - 1) + info.effectiveFilterHeight - padInfo.top - padInfo.bottom),
    info.inWidth - (info.strideWidth * (info.outWidth - 1) + info.effectiveFilterWidth - padInfo.left - padInfo.right),
  ];
  requireThat(
    leftover.every((rows) => rows >= 0),
    `Expected a padding that the window uses but received ${JSON.stringify(padInfo)}`,
  );
  const shape = [info.batchSize, info.inChannels, info.inHeight, info.inWidth];
  return toChannelsLast(
    node('ConvTranspose', [toChannelsFirst(dy), kernel], shape, 'float32', {
      ...convWindow(info),
      output_padding: leftover,
      group,
    }),
  );
}

/** For every element of the filter window, the pixels of `x` that it meets: [batch, outHeight, outWidth, channels] each. */
function taps(x: Value, info: Info): Value[] {
  const { padInfo, strideHeight, strideWidth } = info;
  const padded = pad(x, [
    [0, 0],
    [padInfo.top, padInfo.bottom],
    [padInfo.left, padInfo.right],
    [0, 0],
  ]);
  const result: Value[] = [];
  for (let row = 0; row < info.filterHeight; row++) {
    for (let column = 0; column < info.filterWidth; column++) {
      const top = row * info.dilationHeight;
      const left = column * info.dilationWidth;
      const bottom = top + (info.outHeight - 1) * strideHeight + 1;
      const right = left + (info.outWidth - 1) * strideWidth + 1;
      result.push(
        slice(
          padded,
          [0, top, left, 0],
          [info.batchSize, bottom, right, info.inChannels],
          [1, strideHeight, strideWidth, 1],
        ),
      );
    }
  }
  return result;
}

/** The gradient with respect to the filter: one matrix product of the unfolded input with `dy`. */
function convolutionFilterGradient(x: Value, dy: Value, info: Info): Value {
  const pixels = info.batchSize * info.outHeight * info.outWidth;
  const unfolded = concat(taps(x, info), 3); // [batch, outHeight, outWidth, window * inChannels]
  const product = matMul(reshape(unfolded, [pixels, dimension(unfolded, 3)]), reshape(dy, [pixels, info.outChannels]), {
    transposeA: true,
  });
  return reshape(product, [info.filterHeight, info.filterWidth, info.inChannels, info.outChannels]);
}

function depthwiseFilterGradient(x: Value, dy: Value, info: Info): Value {
  const multiplier = info.outChannels / info.inChannels;
  const spread = [info.batchSize, info.outHeight, info.outWidth, info.inChannels];
  const outputs = reshape(dy, [...spread, multiplier]);
  const sums = taps(x, info).map((tap) =>
    reduce('ReduceSum', mul(reshape(tap, [...spread, 1]), outputs), [0, 1, 2], false),
  ); // [inChannels, multiplier]
  return reshape(concat(sums, 0), [info.filterHeight, info.filterWidth, info.inChannels, multiplier]);
}

function pool(op: 'AveragePool' | 'MaxPool', x: Value, attrs: AvgPoolAttrs | MaxPoolAttrs): Value {
  requireDtype(x, 'float32');
  const info = tf.backend_util.computePool2DInfo(
    shape4D(x),
    attrs.filterSize,
    attrs.strides,
    1,
    attrs.pad,
    attrs.dimRoundingMode,
  );
  const shape = [info.batchSize, info.outChannels, info.outHeight, info.outWidth];
  return toChannelsLast(
    node(op, [toChannelsFirst(x)], shape, 'float32', {
      ...window(info),
      kernel_shape: [info.filterHeight, info.filterWidth],
    }),
  );
}

/** tfjs divides by the whole window, also where part of it lies outside of the picture. */
function averagePoolGradient({ dy, input: x }: { dy: Value; input: Value }, attrs: AvgPoolGradAttrs): Value {
  const info = tf.backend_util.computePool2DInfo(shape4D(x), attrs.filterSize, attrs.strides, 1, attrs.pad);
  const { filterHeight, filterWidth } = info;
  const kernel = fill(1 / (filterHeight * filterWidth), [info.inChannels, 1, filterHeight, filterWidth], 'float32');
  return convolutionInputGradient(dy, kernel, info, info.inChannels);
}

export const convolutions: Lowerings = {
  Conv2D: ({ x, filter }: ConvInputs, attrs: Conv2DAttrs) => convolve(x, filter, attrs, false),
  DepthwiseConv2dNative: ({ x, filter }: ConvInputs, attrs: Conv2DAttrs) => convolve(x, filter, attrs, true),
  FusedConv2D: (inputs: FusedConvInputs, attrs: FusedConv2DAttrs) => fusedConvolve(inputs, attrs, false),
  FusedDepthwiseConv2D: (inputs: FusedConvInputs, attrs: FusedConv2DAttrs) => fusedConvolve(inputs, attrs, true),
  Conv2DBackpropInput: ({ dy, filter }: { dy: Value; filter: Value }, attrs: Conv2DBackpropInputAttrs) => {
    requireNHWC(attrs.dataFormat);
    const info = tf.backend_util.computeConv2DInfo(
      attrs.inputShape,
      shape4D(filter),
      attrs.strides,
      1,
      attrs.pad,
      attrs.dimRoundingMode,
    );
    return convolutionInputGradient(dy, transpose(filter, [3, 2, 0, 1]), info, 1);
  },
  Conv2DBackpropFilter: ({ x, dy }: Unary & { dy: Value }, attrs: Conv2DBackpropFilterAttrs) => {
    requireNHWC(attrs.dataFormat);
    const info = tf.backend_util.computeConv2DInfo(
      shape4D(x),
      attrs.filterShape,
      attrs.strides,
      1,
      attrs.pad,
      attrs.dimRoundingMode,
    );
    return convolutionFilterGradient(x, dy, info);
  },
  DepthwiseConv2dNativeBackpropInput: (
    { dy, filter }: { dy: Value; filter: Value },
    attrs: DepthwiseConv2dNativeBackpropInputAttrs,
  ) => {
    const info = tf.backend_util.computeConv2DInfo(
      attrs.inputShape,
      shape4D(filter),
      attrs.strides,
      attrs.dilations,
      attrs.pad,
      attrs.dimRoundingMode,
      true,
    );
    return convolutionInputGradient(dy, depthwiseFilter(filter), info, info.inChannels);
  },
  DepthwiseConv2dNativeBackpropFilter: (
    { x, dy }: Unary & { dy: Value },
    attrs: DepthwiseConv2dNativeBackpropFilterAttrs,
  ) => {
    const info = tf.backend_util.computeConv2DInfo(
      shape4D(x),
      attrs.filterShape,
      attrs.strides,
      attrs.dilations,
      attrs.pad,
      attrs.dimRoundingMode,
      true,
    );
    return depthwiseFilterGradient(x, dy, info);
  },
  AvgPool: ({ x }: Unary, attrs: AvgPoolAttrs) => pool('AveragePool', x, attrs),
  MaxPool: ({ x }: Unary, attrs: MaxPoolAttrs) => pool('MaxPool', x, attrs),
  AvgPoolGrad: averagePoolGradient,
};
