import type { NamedTensor } from '@uniad/nn';

/** Below this many elements there is little to save. */
const LEAST = 1 << 10;

/** Matrices, filters and embeddings that were trained. */
const ROUNDED = /weight$/;

/** Tokens that are remembered, `[..., channels]`: each has a step of its own. */
const REMEMBERED = /bank$/;

/** Means and directions of tokens at each place of each kind `[kinds, places, ...]`. */
const AT_PLACES = /^places\.(mean|basis)$/;

/** What distances are measured with would multiply its errors. */
const SENSITIVE = /whitening/;

/** Channels of a picture: the convolution on them is the first, on which all others rest. */
const COLOURS = 3;

/** Over how many leading axes a tensor of a model in int8 has steps of its own; 0 for those that stay floats. */
export function int8Axes(name: string, { shape, data }: NamedTensor): number {
  if (AT_PLACES.test(name)) return 2;
  if (REMEMBERED.test(name)) return data.length < LEAST ? 0 : shape.length - 1;
  const isRounded =
    ROUNDED.test(name) &&
    !SENSITIVE.test(name) &&
    shape.length >= 2 &&
    data.length >= LEAST &&
    !(shape.length === 4 && shape[1] === COLOURS);
  return Number(isRounded);
}
