/** L of a = L Lᵀ for a symmetric positive definite matrix, row by row; what is above the diagonal is 0. */
export function cholesky(a: Float64Array, size: number): Float64Array {
  const lower = new Float64Array(size ** 2);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      let rest = a[row * size + column]!;
      for (let k = 0; k < column; k++) rest -= lower[row * size + k]! * lower[column * size + k]!;
      lower[row * size + column] = row === column ? Math.sqrt(rest) : rest / lower[column * (size + 1)]!;
    }
  }
  return lower;
}

/** The inverse of a lower triangular matrix, row by row, by forward substitution. */
export function inverseOfLower(lower: Float64Array, size: number): Float64Array {
  const inverse = new Float64Array(size ** 2);
  for (let column = 0; column < size; column++) {
    for (let row = column; row < size; row++) {
      let rest = Number(row === column);
      for (let k = column; k < row; k++) rest -= lower[row * size + k]! * inverse[k * size + column]!;
      inverse[row * size + column] = rest / lower[row * (size + 1)]!;
    }
  }
  return inverse;
}
