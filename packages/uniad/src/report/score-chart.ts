import { scoreHistogram } from '../draw/chart.js';
import { formatScore, formatThreshold } from '../draw/format-score.js';
import { markup } from '../draw/markup.js';
import type { Markup } from '../draw/markup.js';
import type { ScoredSample } from '../pipeline/evaluate.js';
import { isSet } from '../pipeline/no-threshold.js';

/**
 * How one category's picture scores are distributed: good ones upwards, defective ones downwards, and the kind's threshold.
 *
 * @param thresholds of the kinds in the category; none is drawn where there are several
 * @param range of scores on the axis, common to all categories
 */
export async function scoreFigure(
  name: string,
  scored: readonly ScoredSample[],
  thresholds: readonly number[],
  range: readonly [number, number],
): Promise<Markup> {
  const scoresOf = (anomalous: boolean) =>
    scored.filter(({ sample }) => sample.anomalous === anomalous).map(({ score }) => score);
  const [good, defective] = [scoresOf(false), scoresOf(true)];
  const only = thresholds.length === 1 ? thresholds.find(isSet) : undefined;
  const chart = await scoreHistogram({
    good,
    defective,
    range,
    ...(only !== undefined && { threshold: { at: only, words: `threshold ${formatScore(only)}` } }),
    label: `Scores of ${name}: ${describe(good, 'good')}, ${describe(defective, 'defective')}, threshold ${thresholds.map(formatThreshold).join(' or ')}`,
    colours: { good: 'var(--good)', defective: 'var(--defective)' },
  });
  return markup`<figure class="chart">
<figcaption><b>${name}</b></figcaption>
${chart}</figure>`;
}

/** Scores from the least to the greatest, with the thresholds among them. */
export function scoreRange(scored: readonly ScoredSample[]): readonly [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const { score, threshold } of scored) {
    const values = isSet(threshold) ? [score, threshold] : [score];
    low = Math.min(low, ...values);
    high = Math.max(high, ...values);
  }
  return [low, high];
}

function describe(scores: readonly number[], what: string): string {
  if (scores.length === 0) return `no ${what} pictures`;
  const [low, high] = [scores.reduce((a, b) => Math.min(a, b)), scores.reduce((a, b) => Math.max(a, b))];
  return `${scores.length} ${what} from ${formatScore(low)} to ${formatScore(high)}`;
}
