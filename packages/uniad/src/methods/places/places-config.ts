import * as v from 'valibot';
import { whole } from '../../validate.js';

/** How good tokens of a place are remembered. */
export const placesEntry = v.object({
  /** Directions in which the good tokens of a place vary that are kept. */
  rank: whole(1),
});

export type PlacesConfig = Readonly<v.InferOutput<typeof placesEntry>>;
