import type { PaperFigures, Row } from './table.js';

/** Our columns of tables 1 and 2: unified and separate, of detection and of localization. */
const FIGURES: Readonly<Record<string, { readonly detection: Pair; readonly localization: Pair }>> = {
  bottle: { detection: [99.7, 100], localization: [98.1, 98.1] },
  cable: { detection: [95.2, 97.6], localization: [97.3, 96.8] },
  capsule: { detection: [86.9, 85.3], localization: [98.5, 97.9] },
  hazelnut: { detection: [99.8, 99.9], localization: [98.1, 98.8] },
  metal_nut: { detection: [99.2, 99.0], localization: [94.8, 95.7] },
  pill: { detection: [93.7, 88.3], localization: [95.0, 95.1] },
  screw: { detection: [87.5, 91.9], localization: [98.3, 97.4] },
  toothbrush: { detection: [94.2, 95.0], localization: [98.4, 97.8] },
  transistor: { detection: [99.8, 100], localization: [97.9, 98.7] },
  zipper: { detection: [95.8, 96.7], localization: [96.8, 96.0] },
  carpet: { detection: [99.8, 99.9], localization: [98.5, 98.0] },
  grid: { detection: [98.2, 98.5], localization: [96.5, 94.6] },
  leather: { detection: [100, 100], localization: [98.8, 98.3] },
  tile: { detection: [99.3, 99.0], localization: [91.8, 91.8] },
  wood: { detection: [98.6, 97.9], localization: [93.2, 93.4] },
};

const MEAN = { detection: [96.5, 96.6], localization: [96.8, 96.6] } as const;

type Pair = readonly [unified: number, separate: number];

/** The figures of one column: the mean over MVTec-AD's categories, and each category's. */
export function mvtecFigures(
  measure: 'detection' | 'localization',
  setting: 'unified' | 'separate',
): Pick<Row, 'paper' | 'paperByCategory'> {
  const of = (pair: Pair): PaperFigures => ({ [measure]: Math.round(pair[setting === 'unified' ? 0 : 1] * 10) / 1000 });
  const byCategory = Object.entries(FIGURES).map(([category, figures]) => [category, of(figures[measure])]);
  return { paper: of(MEAN[measure]), paperByCategory: Object.fromEntries(byCategory) };
}
