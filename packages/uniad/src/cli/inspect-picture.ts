import pc from 'picocolors';
import { encodeRawMap } from '../draw/raw-map.js';
import { writeAtomically } from '../files/write-atomically.js';
import type { Inspection } from '../pipeline/inspection.js';
import type { Inspector } from '../pipeline/inspector.js';

/** What was found in one picture, as it stands in JSON. */
export type PredictionRecord =
  | (Omit<Inspection, 'map'> & {
      readonly image: string;
      /** Path of the heat map; null when none was asked for, or it could not be written. */
      readonly heatmap: string | null;
      readonly error?: string;
    })
  | { readonly image: string; readonly error: string };

/** Where what is drawn of a picture goes; nothing is written where there is no place. */
export interface PictureTargets {
  readonly heatMap: string | undefined;
  readonly rawMap: string | undefined;
}

/** One bad picture, or one heat map that cannot be written, does not cost the findings of the others. */
export async function inspectPicture(
  inspector: Inspector,
  image: string,
  targets: PictureTargets,
): Promise<PredictionRecord> {
  try {
    const { map, heatMap, ...inspection } = await inspector.predict(image);
    const finding = { image, ...inspection };
    if (targets.heatMap === undefined) return { ...finding, heatmap: null };
    try {
      await writeAtomically(targets.heatMap, await heatMap({ legend: true }));
      if (targets.rawMap !== undefined)
        await writeAtomically(targets.rawMap, encodeRawMap(map, inspector.model.config.imageSize));
      return { ...finding, heatmap: targets.heatMap };
    } catch (error) {
      return { ...finding, heatmap: null, error: messageOf(error) };
    }
  } catch (error) {
    return { image, error: messageOf(error) };
  }
}

/** A record as one line for people. */
export function inWords(record: PredictionRecord): string {
  if (!('score' in record)) return `${pc.yellow('unreadable')}         ${record.image}`;
  const { image, anomalous, score, normalizedScore, category, categoryDistance, heatmap, error } = record;
  const kind = categoryDistance === null ? '' : `  ${category ?? pc.yellow('unlike anything learned')}`;
  const figures = `${score.toFixed(4)}  ${normalizedScore.toFixed(2)}${kind}`;
  const verdict = `${anomalous ? pc.red('anomalous') : pc.green('normal   ')}  ${figures}  ${image}`;
  if (error !== undefined) return `${verdict}  ${pc.yellow('no heat map')}`;
  return heatmap === null ? verdict : `${verdict}  ${pc.dim(heatmap)}`;
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
