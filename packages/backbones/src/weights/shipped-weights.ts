import { createRequire } from 'node:module';

/** Backbones whose weights come with this package. */
const SHIPPED: readonly string[] = ['uniad_tiny'];

/** The file of a backbone's weights that came with this package; `undefined` for the others. */
export function shippedWeights(backbone: string): string | undefined {
  if (!SHIPPED.includes(backbone)) return undefined;
  // By the package's own name: the way to the file is another from `src` than from `dist`.
  return createRequire(import.meta.url).resolve(`@uniad/backbones/weights/${backbone}.safetensors`);
}
