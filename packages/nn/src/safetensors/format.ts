/** A file that is not safetensors, or whose header contradicts its content. */
export class SafetensorsError extends Error {
  override readonly name = 'SafetensorsError';
}

/** The key of the header that holds text, not a tensor. */
export const METADATA = '__metadata__';

/** Bytes of an element of each type of whole bytes that the format knows. */
export const elementBytes = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  F8_E8M0: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  F64: 8,
  I64: 8,
  U64: 8,
  C64: 8,
} as const;

/** The types of elements that are read; see {@link SafeTensor}. */
export type Dtype = keyof typeof elementBytes;

/** A tensor as it lies in the file: its bytes are a view, little-endian, row-major. */
export interface SafeTensor {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}
