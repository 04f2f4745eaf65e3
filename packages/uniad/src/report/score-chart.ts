import type { ScoredSample } from './cases.js';
import { linearScale, roundTicks, round } from './chart.js';
import { formatScore, readable } from './format.js';
import { markup } from './markup.js';
import type { Markup } from './markup.js';

const [WIDTH, HEIGHT] = [340, 170] as const;
const [LEFT, RIGHT, TOP, MIDDLE, BOTTOM] = [8, 332, 18, 80, 142] as const;
const BINS = 36;

/**
 * How one category's picture scores are distributed: good ones upwards, defective ones downwards, and the threshold.
 *
 * @param range of scores on the axis, common to all categories because the threshold is
 */
export function scoreChart(
  category: string,
  scored: readonly ScoredSample[],
  threshold: number,
  range: readonly [number, number],
): Markup {
  const name = readable(category);
  const x = linearScale(range, [LEFT, RIGHT]);
  const bins = { good: histogram(scored, false, range), defective: histogram(scored, true, range) };
  const tallest = Math.max(...bins.good, ...bins.defective);
  const width = (RIGHT - LEFT) / BINS;
  const bars = (counts: readonly number[], sign: 1 | -1) =>
    counts
      .map((count, bin) => {
        const length = (count / tallest) * (MIDDLE - TOP - 2);
        return count === 0
          ? ''
          : `M${round(LEFT + bin * width + 0.5)} ${MIDDLE}v${round(sign * length)}h${round(width - 1)}v${round(-sign * length)}z`;
      })
      .join('');
  const at = round(x(threshold));
  return markup`<figure class="chart">
<figcaption><b>${name}</b></figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Scores of ${name}: ${describe(scored, false)}, ${describe(scored, true)}, threshold ${formatScore(threshold)}">
<path class="good" d="${bars(bins.good, -1)}"/>
<path class="defective" d="${bars(bins.defective, 1)}"/>
<path class="axis" d="M${LEFT} ${MIDDLE}H${RIGHT}"/>
${roundTicks(range, 5).map((tick) => markup`<path class="axis" d="M${round(x(tick))} ${BOTTOM}v4"/><text x="${round(x(tick))}" y="${BOTTOM + 16}" text-anchor="middle">${tick}</text>`)}
<path class="threshold" d="M${at} ${TOP - 4}V${BOTTOM}"/>
<text class="threshold" x="${at}" y="${TOP - 7}" text-anchor="${at > WIDTH / 2 ? 'end' : 'start'}">threshold ${formatScore(threshold)}</text>
</svg></figure>`;
}

/** Scores from the least to the greatest, with the threshold among them. */
export function scoreRange(scored: readonly ScoredSample[], threshold: number): readonly [number, number] {
  let [low, high] = [threshold, threshold];
  for (const { score } of scored) {
    low = Math.min(low, score);
    high = Math.max(high, score);
  }
  return [low, high];
}

function histogram(scored: readonly ScoredSample[], anomalous: boolean, range: readonly [number, number]): number[] {
  const counts = Array<number>(BINS).fill(0);
  const bin = linearScale(range, [0, BINS]);
  for (const { sample, score } of scored) {
    if (sample.anomalous === anomalous) counts[Math.min(BINS - 1, Math.floor(bin(score)))]!++;
  }
  return counts;
}

function describe(scored: readonly ScoredSample[], anomalous: boolean): string {
  const scores = scored.filter(({ sample }) => sample.anomalous === anomalous).map(({ score }) => score);
  const what = anomalous ? 'defective' : 'good';
  if (scores.length === 0) return `no ${what} pictures`;
  const [low, high] = [scores.reduce((a, b) => Math.min(a, b)), scores.reduce((a, b) => Math.max(a, b))];
  return `${scores.length} ${what} from ${formatScore(low)} to ${formatScore(high)}`;
}
