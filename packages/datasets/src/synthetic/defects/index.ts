import { contamination } from './contamination.js';
import { crack } from './crack.js';
import type { DefectName, SurfaceDefect } from './defect.js';
import { dent } from './dent.js';
import { scratch } from './scratch.js';
import { stain } from './stain.js';

/** Defects of the surface; the other two are faults of construction, which the kinds draw themselves. */
export const surfaceDefects: Readonly<Record<Exclude<DefectName, 'missing_part' | 'misplaced_part'>, SurfaceDefect>> = {
  scratch,
  dent,
  stain,
  crack,
  contamination,
};
