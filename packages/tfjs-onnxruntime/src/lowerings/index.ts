import { convolutions } from './conv.js';
import { elementwise } from './elementwise.js';
import type { Lowerings } from './lowering.js';
import { products } from './matmul.js';
import { normalizations } from './normalize.js';
import { reductions } from './reduce.js';
import { resizing } from './resize.js';
import { shapes } from './shape.js';

/** The one table: tfjs kernel name to ONNX. Eager kernels, recorded graphs and exported files all come from it. */
export const LOWERINGS: Lowerings = {
  ...elementwise,
  ...reductions,
  ...products,
  ...shapes,
  ...convolutions,
  ...resizing,
  ...normalizations,
};
