import type { NamedTensor } from '@uniad/nn';

/** Below this many elements there is little to save. */
const LEAST = 1 << 10;

/** Matrices, filters and embeddings that were trained, and tokens that are remembered. */
const ROUNDED = /(weight|bank)$/;

/** What distances are measured with would multiply its errors. */
const SENSITIVE = /whitening/;

/** Channels of a picture: the convolution on them is the first, on which all others rest. */
const COLOURS = 3;

/** Whether a tensor of a model in int8 is stored, and rounded, as 8-bit integers; the others are floats. */
export function isInt8(name: string, { shape, data }: NamedTensor): boolean {
  return (
    ROUNDED.test(name) &&
    !SENSITIVE.test(name) &&
    shape.length >= 2 &&
    data.length >= LEAST &&
    !(shape.length === 4 && shape[1] === COLOURS)
  );
}
