import { DatasetError } from '../../errors.js';
import { bolt } from './bolt.js';
import { brushedMetal } from './brushed-metal.js';
import { cap } from './cap.js';
import { capsule } from './capsule.js';
import { connector } from './connector.js';
import { gear } from './gear.js';
import type { Kind } from './kind.js';
import { leather } from './leather.js';
import { tile } from './tile.js';
import { weave } from './weave.js';
import { wood } from './wood.js';

const kinds: readonly Kind[] = [bolt, cap, capsule, connector, gear, brushedMetal, leather, tile, weave, wood];

/** Every kind of product that can be drawn: objects first, then textures. */
export const syntheticKinds: readonly string[] = kinds.map((kind) => kind.name);

export function kindNamed(name: string): Kind {
  const kind = kinds.find((candidate) => candidate.name === name);
  if (!kind)
    throw new DatasetError(`Expected a kind among ${syntheticKinds.join(', ')} but received ${JSON.stringify(name)}`);
  return kind;
}
