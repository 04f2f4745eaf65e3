import * as tf from '@tensorflow/tfjs';
import type {
  CastAttrs,
  ConcatAttrs,
  ExpandDimsAttrs,
  GatherV2Attrs,
  MirrorPadAttrs,
  OneHotAttrs,
  PackAttrs,
  PadV2Attrs,
  RangeAttrs,
  ReshapeAttrs,
  ReverseAttrs,
  SliceAttrs,
  SplitVAttrs,
  StridedSliceAttrs,
  TileAttrs,
  TransposeAttrs,
  UnpackAttrs,
  UnsortedSegmentSumAttrs,
} from '@tensorflow/tfjs';
import { node, sizeOf } from '../graph.js';
import type { Value } from '../graph.js';
import {
  broadcast,
  cast,
  concat,
  dimension,
  fill,
  floats,
  integers,
  pad,
  reshape,
  scalar,
  slice,
  split,
  transpose,
  where,
} from '../ops.js';
import { requireDtype, requireThat } from './lowering.js';
import type { Lowerings, Unary } from './lowering.js';

type Many = Readonly<Record<string, Value>>;

function axisOf(axis: number, x: Value): number {
  return tf.util.parseAxisParam(axis, [...x.shape])[0] ?? 0;
}

function concatenate(inputs: Many, { axis }: ConcatAttrs): Value {
  const values = Object.values(inputs);
  const [first] = values;
  requireThat(first !== undefined, 'Expected tensors to concatenate but received none');
  const along = axisOf(axis, first);
  const filled = values.filter((value) => sizeOf(value.shape) > 0);
  return concat(filled.length > 0 ? filled : [first], along);
}

function unpack({ value }: { value: Value }, { axis }: UnpackAttrs): Value[] {
  const along = axisOf(axis, value);
  const shape = value.shape.filter((_, position) => position !== along);
  return split(
    value,
    Array.from({ length: dimension(value, along) }, () => 1),
    along,
  ).map((part) => reshape(part, shape));
}

function stridedSlice({ x }: Unary, attrs: StridedSliceAttrs): Value {
  const info = tf.slice_util.sliceInfo(
    [...x.shape],
    attrs.begin,
    attrs.end,
    attrs.strides,
    attrs.beginMask,
    attrs.endMask,
    attrs.ellipsisMask,
    attrs.newAxisMask,
    attrs.shrinkAxisMask,
  );
  requireThat(
    info.strides.every((stride) => stride > 0),
    `Expected positive strides but received [${info.strides.join(', ')}]`,
  );
  return reshape(info.isIdentity ? x : slice(x, info.begin, info.end, info.strides), info.finalShape);
}

/** Rows of `x` summed by segment; a row with a negative segment goes to a bin that is thrown away. */
function unsortedSegmentSum(
  { x, segmentIds }: Unary & { segmentIds: Value },
  { numSegments }: UnsortedSegmentSumAttrs,
): Value {
  requireDtype(x, 'float32');
  requireThat(
    segmentIds.shape.length === 1,
    `Expected one axis of segments but received shape [${segmentIds.shape.join(', ')}]`,
  );
  const row = x.shape.slice(1);
  const bin = where(
    broadcast('Less', [segmentIds, scalar(0, 'int32')], 'bool'),
    scalar(numSegments, 'int32'),
    segmentIds,
  );
  const zeros = fill(0, [numSegments + 1, ...row], 'float32');
  const indices = reshape(cast(bin, 'int64'), [...segmentIds.shape, 1]);
  const sums = node('ScatterND', [zeros, indices, x], zeros.shape, 'float32', { reduction: 'add' });
  return slice(
    sums,
    sums.shape.map(() => 0),
    [numSegments, ...row],
  );
}

export const shapes: Lowerings = {
  Identity: ({ x }: Unary) => x,
  Cast: ({ x }: Unary, { dtype }: CastAttrs) => {
    requireThat(
      dtype === 'float32' || dtype === 'int32' || dtype === 'bool',
      `Expected a cast to numbers but received ${dtype}`,
    );
    return cast(x, dtype);
  },
  Reshape: ({ x }: Unary, { shape }: ReshapeAttrs) =>
    reshape(x, tf.util.inferFromImplicitShape(shape, sizeOf(x.shape))),
  ExpandDims: ({ input }: { input: Value }, { dim }: ExpandDimsAttrs) => {
    const shape = [...input.shape];
    shape.splice(dim < 0 ? dim + shape.length + 1 : dim, 0, 1);
    return reshape(input, shape);
  },
  Transpose: ({ x }: Unary, { perm }: TransposeAttrs) => transpose(x, perm),
  Tile: ({ x }: Unary, { reps }: TileAttrs) =>
    node(
      'Tile',
      [x, integers(reps)],
      x.shape.map((size, axis) => size * (reps[axis] ?? 1)),
      x.dtype,
    ),
  Concat: concatenate,
  Pack: (inputs: Many, { axis }: PackAttrs) => {
    const values = Object.values(inputs).map((value) => {
      const shape = [...value.shape];
      shape.splice(axis < 0 ? axis + shape.length + 1 : axis, 0, 1);
      return reshape(value, shape);
    });
    return concat(values, axis < 0 ? axis + (values[0]?.shape.length ?? 0) : axis);
  },
  Unpack: unpack,
  Slice: ({ x }: Unary, { begin, size }: SliceAttrs) => {
    const shaped = { shape: [...x.shape] };
    const [from = [], count = []] = tf.slice_util.parseSliceParams(shaped as tf.TensorInfo, begin, size);
    return slice(
      x,
      from,
      from.map((start, axis) => start + (count[axis] ?? 0)),
    );
  },
  StridedSlice: stridedSlice,
  SplitV: ({ x }: Unary, { numOrSizeSplits, axis }: SplitVAttrs) => {
    const along = axisOf(axis, x);
    const sizes =
      typeof numOrSizeSplits === 'number'
        ? Array.from({ length: numOrSizeSplits }, () => dimension(x, along) / numOrSizeSplits)
        : [...numOrSizeSplits];
    const rest = sizes.indexOf(-1);
    if (rest >= 0) sizes[rest] = dimension(x, along) - sizes.reduce((sum, size) => sum + Math.max(size, 0), 0);
    return split(x, sizes, along);
  },
  PadV2: ({ x }: Unary, { paddings, constantValue }: PadV2Attrs) => {
    requireDtype(x, 'float32', 'int32');
    return pad(x, paddings, constantValue);
  },
  MirrorPad: ({ x }: Unary, { paddings, mode }: MirrorPadAttrs) => {
    requireDtype(x, 'float32');
    requireThat(mode === 'reflect', `Expected the padding mode reflect but received ${mode}`);
    const pads = integers([...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)]);
    return node(
      'Pad',
      [x, pads],
      x.shape.map((size, axis) => size + (paddings[axis]?.[0] ?? 0) + (paddings[axis]?.[1] ?? 0)),
      x.dtype,
      { mode },
    );
  },
  Reverse: ({ x }: Unary, { dims }: ReverseAttrs) => {
    const axes = tf.util.parseAxisParam(dims, [...x.shape]);
    if (axes.length === 0) return x;
    const every = (value: number): Value => integers(axes.map(() => value));
    return node('Slice', [x, every(-1), every(-0x7fffffff), integers(axes), every(-1)], x.shape, x.dtype);
  },
  GatherV2: ({ x, indices }: Unary & { indices: Value }, { axis, batchDims }: GatherV2Attrs) => {
    requireDtype(indices, 'int32');
    requireThat(batchDims === 0, `Expected batchDims 0 but received ${batchDims}`);
    const along = axisOf(axis, x);
    return node(
      'Gather',
      [x, indices],
      [...x.shape.slice(0, along), ...indices.shape, ...x.shape.slice(along + 1)],
      x.dtype,
      { axis: along },
    );
  },
  UnsortedSegmentSum: unsortedSegmentSum,
  OneHot: ({ indices }: { indices: Value }, { depth, onValue, offValue, dtype }: OneHotAttrs) => {
    requireDtype(indices, 'int32');
    requireThat(dtype === 'float32' || dtype === 'int32' || dtype === 'bool', `Expected numbers but received ${dtype}`);
    // ONNX counts negative indices from the end; tfjs leaves their row empty.
    const safe = where(broadcast('Less', [indices, scalar(0, 'int32')], 'bool'), scalar(depth, 'int32'), indices);
    const hot = node(
      'OneHot',
      [safe, scalar(depth, 'int32'), floats([offValue, onValue], [2])],
      [...indices.shape, depth],
      'float32',
      { axis: -1 },
    );
    return cast(hot, dtype);
  },
  Range: (_: object, { start, stop, step, dtype }: RangeAttrs) => {
    const count = Math.max(0, Math.ceil((stop - start) / step));
    return cast(
      floats(
        Array.from({ length: count }, (_item, index) => start + index * step),
        [count],
      ),
      dtype,
    );
  },
};
