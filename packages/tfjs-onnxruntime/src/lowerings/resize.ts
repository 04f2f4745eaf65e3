import type { ResizeBilinearAttrs, ResizeBilinearGradAttrs } from '@tensorflow/tfjs';
import { constant, node } from '../graph.js';
import type { Shape, Value } from '../graph.js';
import { floats, integers, matMul, reshape, transpose } from '../ops.js';
import { requireDtype } from './lowering.js';
import type { Lowerings } from './lowering.js';

interface Resize {
  readonly images: Value;
}

function four({ shape }: { readonly shape: Shape }): readonly [number, number, number, number] {
  const [n = 0, h = 0, w = 0, c = 0] = shape;
  return [n, h, w, c];
}

function coordinates({ alignCorners, halfPixelCenters }: ResizeBilinearAttrs): string {
  if (alignCorners) return 'align_corners';
  return halfPixelCenters ? 'half_pixel' : 'asymmetric';
}

function resizeBilinear({ images }: Resize, attrs: ResizeBilinearAttrs): Value {
  requireDtype(images, 'float32');
  const [batch, , , channels] = four(images);
  const shape = [batch, channels, ...attrs.size];
  const none = constant(new Float32Array(0), [0], 'float32'); // region of interest and scales: not used, given by the sizes
  const attributes = { mode: 'linear', coordinate_transformation_mode: coordinates(attrs) };
  const resized = node(
    'Resize',
    [transpose(images, [0, 3, 1, 2]), none, none, integers(shape)],
    shape,
    'float32',
    attributes,
  );
  return transpose(resized, [0, 2, 3, 1]);
}

/** The matrix [input, output] of the weights that bilinear interpolation gives each input row in each output row. */
function interpolation(input: number, output: number, alignCorners: boolean): Value {
  const scale = alignCorners && output > 1 ? (input - 1) / (output - 1) : input / output;
  const weights = new Float32Array(input * output);
  for (let row = 0; row < output; row++) {
    const position = row * scale;
    const below = Math.floor(position);
    const above = Math.min(input - 1, Math.ceil(position));
    const fraction = position - below;
    weights[below * output + row] = (weights[below * output + row] ?? 0) + 1 - fraction;
    weights[above * output + row] = (weights[above * output + row] ?? 0) + fraction;
  }
  return floats(weights, [input, output]);
}

/**
 * Interpolation is linear: its gradient is the product with the transposed matrices of both axes. Half pixel centers are left
 * out, as in every backend of tfjs.
 */
function resizeBilinearGrad(
  { images, dy }: Resize & { readonly dy: Value },
  { alignCorners }: ResizeBilinearGradAttrs,
): Value {
  const [batch, height, width, channels] = four(images);
  const [, outHeight, outWidth] = four(dy);
  const rows = matMul(
    interpolation(height, outHeight, alignCorners),
    reshape(dy, [batch, outHeight, outWidth * channels]),
  );
  const pixels = matMul(
    interpolation(width, outWidth, alignCorners),
    reshape(rows, [batch * height, outWidth, channels]),
  );
  return reshape(pixels, [batch, height, width, channels]);
}

export const resizing: Lowerings = { ResizeBilinear: resizeBilinear, ResizeBilinearGrad: resizeBilinearGrad };
