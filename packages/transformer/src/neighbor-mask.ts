import * as tf from '@tensorflow/tfjs';
import { TransformerError } from './error.js';

/** Height and width in tokens. */
export type GridSize = readonly [height: number, width: number];

/** Added to a logit to remove it: finite, so that no device meets inf - inf, and far below any logit. */
const REMOVED = -1e9;

/**
 * The additive attention mask `[tokens, tokens]` of neighbor masked attention: each token is kept from seeing itself
 * and the tokens around it, in a window of `neighborSize` (UniAD, section 3.2, figure 5).
 *
 * @param featureSize the token grid, height and width
 * @param neighborSize the window that is hidden, height and width, both odd
 * @throws TransformerError when a window side is even, or so large that some token would see nothing
 */
export function neighborMask(featureSize: GridSize, neighborSize: GridSize): tf.Tensor2D {
  const [height, width] = featureSize;
  const [windowHeight, windowWidth] = neighborSize;
  for (const side of neighborSize) {
    if (!Number.isInteger(side) || side < 1 || side % 2 === 0) {
      throw new TransformerError(
        `Expected odd positive numbers for neighborSize but received ${neighborSize.join('x')}`,
      );
    }
  }
  // The token in the middle is the one whose window covers most of the grid.
  if (windowHeight >= 2 * Math.ceil((height - 1) / 2) + 1 && windowWidth >= 2 * Math.ceil((width - 1) / 2) + 1) {
    throw new TransformerError(
      `Expected a neighborSize that leaves every token something to see but received ${neighborSize.join('x')} on a ${height}x${width} grid`,
    );
  }
  const tokens = height * width;
  const mask = new Float32Array(tokens * tokens);
  for (let query = 0; query < tokens; query++) {
    const row = Math.floor(query / width);
    const column = query % width;
    const lastRow = Math.min(height - 1, row + (windowHeight - 1) / 2);
    const lastColumn = Math.min(width - 1, column + (windowWidth - 1) / 2);
    for (let r = Math.max(0, row - (windowHeight - 1) / 2); r <= lastRow; r++) {
      for (let c = Math.max(0, column - (windowWidth - 1) / 2); c <= lastColumn; c++) {
        mask[query * tokens + r * width + c] = REMOVED;
      }
    }
  }
  return tf.tensor2d(mask, [tokens, tokens]);
}
