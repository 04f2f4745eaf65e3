import type { Sample } from '@uniad/datasets';
import type { Inspection } from './inspection.js';
import type { SampleInspector } from './sample-inspector.js';
import type { NormalInspector } from './set-threshold.js';

/** What the thresholds rest on, in words. */
export const CROSS_FITTED = 'good pictures, each scored by a model that had not learned it';

/**
 * Which fold each learned picture is in: those of a category in turn, so that every fold has some of each.
 *
 * @returns a fold for each sample, from 0 to below `folds`
 */
export function foldsOf(samples: readonly Pick<Sample, 'category'>[], folds: number): number[] {
  const seen = new Map<string, number>();
  return samples.map(({ category }) => {
    const before = seen.get(category) ?? 0;
    seen.set(category, before + 1);
    return before % folds;
  });
}

/** Inspects each learned picture by a model that has learned all but its fold, and so has not seen it (cross-fitting). */
export class CrossFitInspector implements NormalInspector<Sample> {
  private readonly foldOf: ReadonlyMap<Sample, number>;
  private current: { readonly fold: number; readonly inspector: SampleInspector } | undefined;

  /**
   * @param whole the model that has learned all of them
   * @param learnWithout makes a model of all pictures but a fold's
   */
  constructor(
    private readonly whole: SampleInspector,
    private readonly learned: readonly Sample[],
    private readonly folds: number,
    private readonly learnWithout: (held: number, others: readonly Sample[]) => Promise<SampleInspector>,
  ) {
    const numbers = foldsOf(learned, folds);
    this.foldOf = new Map(learned.map((sample, i) => [sample, numbers[i]!]));
  }

  /** The learned pictures, fold after fold: in this order each fold's model is made once. */
  inOrder(): Sample[] {
    return Array.from({ length: this.folds }, (_, fold) =>
      this.learned.filter((one) => this.foldOf.get(one) === fold),
    ).flat();
  }

  async inspect(samples: readonly Sample[]): Promise<Inspection[]> {
    const inspections: Inspection[] = [];
    for (let start = 0, end = 0; start < samples.length; start = end) {
      const fold = this.foldOf.get(samples[start]!)!;
      while (end < samples.length && this.foldOf.get(samples[end]!) === fold) end++;
      inspections.push(...(await (await this.without(fold)).inspect(samples.slice(start, end))));
    }
    return inspections;
  }

  private async without(fold: number): Promise<SampleInspector> {
    if (this.current?.fold === fold) return this.current.inspector;
    this.current?.inspector.dispose();
    this.current = undefined;
    const others = this.learned.filter((sample) => this.foldOf.get(sample) !== fold);
    const inspector = await this.learnWithout(fold, others);
    this.current = { fold, inspector };
    return inspector;
  }

  describe(samples: readonly Sample[]): Promise<Float32Array[]> {
    return this.whole.describe(samples);
  }

  dispose(): void {
    this.current?.inspector.dispose();
    this.whole.dispose();
  }
}
