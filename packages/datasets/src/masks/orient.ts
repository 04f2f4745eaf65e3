/** Applies an EXIF orientation (1 to 8) to values `[height, width]`; 5 to 8 swap the sides. */
export function orient(
  values: Uint8Array,
  width: number,
  height: number,
  orientation: number,
): { readonly width: number; readonly height: number; readonly values: Uint8Array } {
  const swaps = orientation >= 5;
  const [newWidth, newHeight] = swaps ? [height, width] : [width, height];
  const flipsX = [2, 3, 7, 8].includes(orientation); // of the stored picture
  const flipsY = [3, 4, 6, 7].includes(orientation);
  const output = new Uint8Array(values.length);
  for (let y = 0, target = 0; y < newHeight; y++) {
    for (let x = 0; x < newWidth; x++) {
      const [column, row] = swaps ? [y, x] : [x, y];
      output[target++] = values[(flipsY ? height - 1 - row : row) * width + (flipsX ? width - 1 - column : column)]!;
    }
  }
  return { width: newWidth, height: newHeight, values: output };
}
