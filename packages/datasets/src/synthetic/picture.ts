import { DatasetError } from '../errors.js';
import { refuseUnknownOptions } from '../options.js';
import { develop, expose, mountedCamera } from './camera.js';
import type { DefectName } from './defects/defect.js';
import { surfaceDefects } from './defects/index.js';
import { kindNamed } from './kinds/index.js';
import type { Kind } from './kinds/kind.js';
import { illuminate, mountedLight } from './lighting.js';
import { visibleChange } from './mask.js';
import { Random } from './random.js';
import { mix } from './shapes.js';
import { Surface } from './surface.js';
import { requireWhole } from './whole.js';

/** Which part is drawn, and with which defect. */
export interface PictureOptions {
  /** One of `syntheticKinds`. */
  readonly kind: string;
  readonly seed: number;
  /** Which of the endless pictures of this kind and seed. */
  readonly index: number;
  /** Width and height in pixels, 64 to 2048; default 256. */
  readonly size?: number;
  /** One of `defectsOf(kind)`; a good part without it. */
  readonly defect?: DefectName;
}

/** A drawn part, and where its defect is. */
export interface SyntheticPicture {
  readonly width: number;
  readonly height: number;
  /** RGB, rows from the top: height * width * 3. */
  readonly data: Uint8Array;
  /** 1 where the defect visibly changed the picture: height * width. */
  readonly mask: Uint8Array;
  readonly defect: DefectName | 'good';
}

/**
 * The defects that a kind can have.
 *
 * @throws DatasetError for an unknown kind
 */
export function defectsOf(kind: string): readonly DefectName[] {
  return kindNamed(kind).defects;
}

const LEAST_AREA = 0.0015;
const MOST_AREA = 0.18;
const ATTEMPTS = 10;

/**
 * Draws one picture of an industrial part, and the exact mask of its defect where it has one.
 * The same options give the same picture; a defective picture equals the good one outside its defect.
 *
 * @throws DatasetError for an unknown kind, a defect the kind cannot have, an unknown option, or a number out of range
 */
export function drawPicture(options: PictureOptions): SyntheticPicture {
  refuseUnknownOptions(options, ['kind', 'seed', 'index', 'size', 'defect']);
  const { seed, index, size = 256, defect } = options;
  const kind = kindNamed(options.kind);
  requireWhole(seed, 'seed', 0);
  requireWhole(index, 'index', 0);
  requireWhole(size, 'size', 64, 2048);
  if (defect !== undefined && !kind.defects.includes(defect)) {
    throw new DatasetError(
      `Expected a defect of ${kind.name} among ${kind.defects.join(', ')} but received ${JSON.stringify(defect)}`,
    );
  }

  const random = new Random(`${seed}/${kind.name}/${index}`);
  const light = mountedLight(random.fork('light'));
  const camera = mountedCamera(random.fork('camera'));
  const photograph = (surface: Surface) => expose(illuminate(surface, light), size, camera);

  const sound = new Surface(size);
  kind.draw(sound, random.fork('part'));
  const good = photograph(sound);
  if (defect === undefined) {
    return {
      width: size,
      height: size,
      data: develop(good, size, camera),
      mask: new Uint8Array(size * size),
      defect: 'good',
    };
  }

  let bad = good;
  let mask: Uint8Array = new Uint8Array(size * size);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    // Some are subtle, more are plain; one that cannot be seen where it fell is tried again elsewhere, more severe.
    const drawn = random.fork(`defect/${defect}/${attempt}`);
    const severity = mix(mix(0.15, 1, Math.sqrt(drawn.uniform())), 1, attempt / ATTEMPTS);
    bad = photograph(damaged(kind, sound, random, drawn, defect, severity));
    mask = visibleChange(good, bad, size);
    const area = mask.reduce((sum, marked) => sum + marked, 0) / mask.length;
    if (area >= LEAST_AREA && area <= MOST_AREA) break;
  }
  return { width: size, height: size, data: develop(bad, size, camera), mask, defect };
}

function damaged(
  kind: Kind,
  sound: Surface,
  random: Random,
  drawn: Random,
  defect: DefectName,
  severity: number,
): Surface {
  if (defect === 'missing_part' || defect === 'misplaced_part') {
    const surface = new Surface(sound.size);
    kind.draw(surface, random.fork('part'), { name: defect, random: drawn, severity });
    return surface;
  }
  const surface = sound.clone();
  surfaceDefects[defect](surface, drawn, severity);
  return surface;
}
