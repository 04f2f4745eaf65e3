import type { ModelConfig } from '../config.js';
import { bankSize, bankSizeOfKind, sayBounded } from '../methods/memory/bank-size.js';
import { cellGrid } from './feature-extractor.js';

/** Says that a method will remember fewer tokens of so many pictures than was asked for; undefined where it will not. */
export function sayBoundedMemory(config: ModelConfig, pictures: number, kinds: number): string | undefined {
  const [rows, columns] = cellGrid(config);
  if (config.method === 'patchcore') {
    const { ratio } = config.coreset;
    const tokens = pictures * rows * columns;
    return sayBounded(tokens, ratio, bankSize(tokens, ratio));
  }
  if (config.method !== 'reconstruction' || !config.memory) return undefined;
  const { ratio } = config.memory;
  const more = config.tokenSize - 1; // Cells that a token at every place is wider than one.
  const tokens = Math.floor((pictures * (rows - more) * (columns - more)) / kinds);
  const bounded = sayBounded(tokens, ratio, bankSizeOfKind(tokens, ratio, kinds));
  return bounded && (kinds > 1 ? `of each kind, ${bounded}` : bounded);
}
