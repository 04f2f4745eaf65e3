/** A configuration or a tensor that the transformer cannot take. */
export class TransformerError extends Error {
  override readonly name = 'TransformerError';
}
