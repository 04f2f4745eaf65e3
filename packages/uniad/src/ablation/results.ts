import type { Complexity } from './complexity.js';
import type { ExpandedRow } from './expand.js';
import type { Outcome } from './sweep.js';
import type { PaperFigures } from './table.js';
import type { CurvePoint } from '../pipeline/curve.js';

/** Mean and sample deviation over the seeds; 0 for one seed. */
export interface Spread {
  readonly mean: number;
  readonly std: number;
}

/** A row of `tables.json`; AUROCs from 0 to 1, null where there are none. */
export interface RowResult {
  readonly table: string;
  readonly row: string;
  readonly paper: { readonly detection: number | null; readonly localization: number | null };
  readonly ours: { readonly imageAuroc: Spread | null; readonly pixelAuroc: Spread | null };
  /** Where it was counted: the paper's, and ours. */
  readonly complexity?: { readonly paper: Complexity; readonly ours: Complexity };
  /** Of training, of all its models together. */
  readonly seconds: number;
  readonly error: string | null;
}

/** A line of a chart: one network while it trains. */
export interface Curve {
  readonly name: string;
  readonly points: readonly CurvePoint[];
}

type Measure = 'imageAuroc' | 'pixelAuroc';

/** The rows of the tables, each followed by its categories where the paper's table has them. */
export function summarize(rows: readonly ExpandedRow[], outcomes: ReadonlyMap<string, Outcome>): RowResult[] {
  return rows.flatMap(({ table, row, seeds }) => {
    const all = seeds.map((units) => units.map(({ key }) => outcomes.get(key)!));
    const failed = all.flat().find((outcome) => 'error' in outcome);
    const result = (name: string, paper: PaperFigures, ours: RowResult['ours']): RowResult => ({
      table,
      row: name,
      paper: { detection: paper.detection ?? null, localization: paper.localization ?? null },
      ours,
      seconds: all.flat().reduce((sum, outcome) => sum + ('error' in outcome ? 0 : outcome.seconds), 0),
      error: failed && 'error' in failed ? failed.error : null,
    });
    if (failed) return [result(row.name, row.paper, { imageAuroc: null, pixelAuroc: null })];
    const finished = all as Exclude<Outcome, { error: string }>[][];
    const spreadOf = (measure: Measure, category?: string) =>
      spread(
        finished.map((units) =>
          mean(
            units.map((unit) =>
              category === undefined ? unit[measure] : (unit.categories[category]?.[measure] ?? null),
            ),
          ),
        ),
      );
    const oursOf = (category?: string) => ({
      imageAuroc: spreadOf('imageAuroc', category),
      pixelAuroc: spreadOf('pixelAuroc', category),
    });
    const ours = finished[0]?.[0]?.complexity;
    const counted = row.complexity && ours && { complexity: { paper: row.complexity, ours } };
    const results: RowResult[] = [{ ...result(row.name, row.paper, oursOf()), ...counted }];
    if (row.paperByCategory) {
      const categories = new Set(finished.flat().flatMap((unit) => Object.keys(unit.categories)));
      for (const category of categories) {
        results.push(result(`${category}, ${row.name}`, row.paperByCategory[category] ?? {}, oursOf(category)));
      }
    }
    return results;
  });
}

function mean(values: readonly (number | null)[]): number | null {
  const known = values.filter((value): value is number => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}

function spread(values: readonly (number | null)[]): Spread | null {
  const known = values.filter((value): value is number => value !== null);
  const centre = mean(known);
  if (centre === null) return null;
  const squares = known.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return { mean: centre, std: known.length > 1 ? Math.sqrt(squares / (known.length - 1)) : 0 };
}

/** The curves of a table's rows: point by point the mean over seeds and categories. */
export function curvesOf(rows: readonly ExpandedRow[], outcomes: ReadonlyMap<string, Outcome>): Curve[] {
  return rows
    .filter(({ row }) => row.curve)
    .flatMap(({ row, seeds }) => {
      const curves = seeds.flat().flatMap(({ key }) => {
        const outcome = outcomes.get(key)!;
        return 'error' in outcome || outcome.curve.length === 0 ? [] : [outcome.curve];
      });
      const [first] = curves;
      if (!first) return [];
      const points = first.map(({ epoch }, i): CurvePoint => {
        const at = (key: 'loss' | Measure) => mean(curves.map((curve) => curve[i]?.[key] ?? null)) ?? NaN;
        return { epoch, loss: at('loss'), imageAuroc: at('imageAuroc'), pixelAuroc: at('pixelAuroc') };
      });
      return [{ name: row.name, points }];
    });
}
