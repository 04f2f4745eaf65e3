import type { ScoredSample } from '../pipeline/evaluate.js';

/** A picture that stands for others. */
export interface Case extends ScoredSample {
  /** What it is shown for. */
  readonly role: string;
}

/** How a verdict relates to the truth. */
export type Outcome = 'caught' | 'missed' | 'passed' | 'false alarm';

export function outcomeOf({ sample, anomalous }: ScoredSample): Outcome {
  if (sample.anomalous) return anomalous ? 'caught' : 'missed';
  return anomalous ? 'false alarm' : 'passed';
}

/** How many verdicts of each outcome there are. */
export function countOutcomes(scored: readonly ScoredSample[]): Readonly<Record<Outcome, number>> {
  const counts = { caught: 0, missed: 0, passed: 0, 'false alarm': 0 };
  for (const one of scored) counts[outcomeOf(one)]++;
  return counts;
}

/** Best, typical and worst of one category: of its defective pictures, then of its good ones; none is shown twice. */
export function chooseCases(scored: readonly ScoredSample[]): Case[] {
  const ascending = scored.toSorted((a, b) => a.score - b.score);
  const defective = ascending.filter(({ sample }) => sample.anomalous);
  const good = ascending.filter(({ sample }) => !sample.anomalous);
  const middle = <T>(items: readonly T[]) => items[items.length >> 1];
  const candidates: readonly (readonly [string, ScoredSample | undefined])[] = [
    ['Clearest defect', defective.at(-1)],
    ['Typical defect', middle(defective)],
    ['Hardest defect', defective[0]],
    ['Cleanest good part', good[0]],
    ['Typical good part', middle(good)],
    ['Hardest good part', good.at(-1)],
  ];
  const chosen = new Map<ScoredSample, Case>();
  for (const [role, candidate] of candidates) {
    if (candidate && !chosen.has(candidate)) chosen.set(candidate, { ...candidate, role });
  }
  return [...chosen.values()];
}
