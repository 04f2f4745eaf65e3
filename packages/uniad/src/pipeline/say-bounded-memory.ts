import type { ModelConfig } from '../config.js';
import { sayBounded } from '../methods/memory/bank-size.js';

/** Says that a method will remember fewer tokens of so many pictures than was asked for; undefined where it will not. */
export function sayBoundedMemory(config: ModelConfig, pictures: number): string | undefined {
  const coreset =
    config.method === 'patchcore' ? config.coreset : config.method === 'reconstruction' ? config.memory : null;
  const [rows, columns] = config.featureSize;
  return coreset ? sayBounded(pictures * rows * columns, coreset.ratio) : undefined;
}
