import type { ModelConfig } from '../config.js';
import { sayBounded } from '../methods/memory/bank-size.js';
import { cellGrid } from './feature-extractor.js';

/** Says that a method will remember fewer tokens of so many pictures than was asked for; undefined where it will not. */
export function sayBoundedMemory(config: ModelConfig, pictures: number): string | undefined {
  const coreset =
    config.method === 'patchcore' ? config.coreset : config.method === 'reconstruction' ? config.memory : null;
  const [rows, columns] = cellGrid(config);
  const more = config.method === 'reconstruction' ? config.tokenSize - 1 : 0; // Cells that a token at every place is wider than one.
  return coreset ? sayBounded(pictures * (rows - more) * (columns - more), coreset.ratio) : undefined;
}
