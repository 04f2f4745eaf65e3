/** A configuration or a tensor that the transformer cannot take. */
export class TransformerError extends Error {
  override readonly name = 'TransformerError';
}

/** @throws TransformerError unless the value of the option called `name` is one of `allowed` */
export function expectOneOf(name: string, allowed: readonly string[], value: string): void {
  if (allowed.includes(value)) return;
  const list = `${allowed.slice(0, -1).join(', ')} or ${allowed.at(-1)}`;
  throw new TransformerError(`Expected ${list} for ${name} but received ${JSON.stringify(value)}`);
}

/** @throws TransformerError unless a stack can have this many layers */
export function expectLayers(layers: number): void {
  if (!Number.isInteger(layers) || layers < 0)
    throw new TransformerError(`Expected a whole number of at least 0 for layers but received ${layers}`);
}
