const { max, min } = Math;

/** A square picture of one channel, blurred twice with a box of 2 * radius + 1 pixels; edges repeat. */
export function blur(values: Float32Array, size: number, radius: number): Float32Array {
  let from = values;
  for (let pass = 0; pass < 2; pass++) {
    from = boxRows(boxRows(from, size, radius), size, radius);
  }
  return from;
}

/** Blurs along rows and writes columns, so that two calls blur both ways and turn the picture back. */
function boxRows(values: Float32Array, size: number, radius: number): Float32Array {
  const out = new Float32Array(values.length);
  const scale = 1 / (2 * radius + 1);
  for (let row = 0; row < size; row++) {
    const start = row * size;
    let sum = values[start]! * (radius + 1);
    for (let k = 0; k < radius; k++) sum += values[start + min(k, size - 1)]!;
    for (let column = 0; column < size; column++) {
      sum += values[start + min(column + radius, size - 1)]!;
      if (column > 0) sum -= values[start + max(column - radius - 1, 0)]!;
      else sum -= values[start]!;
      out[column * size + row] = sum * scale;
    }
  }
  return out;
}
