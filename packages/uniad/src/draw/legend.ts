import { heatColour } from './colour-map.js';
import type { HeatScale } from './colour-map.js';
import { formatScore } from './format-score.js';
import { markup } from './markup.js';
import type { Markup } from './markup.js';

/** Narrower than this, figures would not fit: the bar alone is drawn. */
const NARROWEST_WITH_TEXT = 150;

/** Grey that the colours of the bar lie over, as heat lies over a picture. */
const GROUND = 154;

/** Pieces of the colour bar. */
const STEPS = 64;

/** Height of a legend that is `width` wide, in pixels. */
export function legendHeight(width: number): number {
  return width < NARROWEST_WITH_TEXT ? 12 : Math.round(3.4 * fontSize(width));
}

/**
 * The colour bar of a heat scale as SVG: its two ends and the threshold, with their values.
 *
 * @param ink colour of text and marks
 */
export function legend(width: number, scale: HeatScale, ink = '#222'): Markup {
  const height = legendHeight(width);
  const withText = width >= NARROWEST_WITH_TEXT;
  const font = fontSize(width);
  const margin = withText ? font : 2;
  const [left, right, top, bottom] = [margin, width - margin, withText ? font * 0.6 : 2, withText ? font * 1.6 : 10];
  const {
    range: [low, high],
    threshold,
  } = scale;
  const x = (value: number) => left + ((value - low) / (high - low)) * (right - left);
  const piece = (right - left) / STEPS;
  const bar = Array.from({ length: STEPS }, (_, step) => {
    const [red, green, blue, alpha] = heatColour(low + ((step + 0.5) / STEPS) * (high - low), scale);
    const over = (channel: number) => Math.round(GROUND + (alpha / 255) * (channel - GROUND));
    const overlap = step < STEPS - 1 ? 1 : 0; // Else the ground shines through between the pieces.
    return markup`<rect x="${left + step * piece}" y="${top}" width="${piece + overlap}" height="${bottom - top}" fill="rgb(${over(red)},${over(green)},${over(blue)})"/>`;
  });
  const text = (at: number, anchor: string, words: string) =>
    markup`<text x="${at}" y="${bottom + font * 1.3}" text-anchor="${anchor}" font-family="system-ui, sans-serif" font-size="${font}" fill="${ink}">${words}</text>`;
  const mark =
    threshold !== undefined && threshold >= low && threshold <= high
      ? markup`<path d="M${x(threshold)} ${top - 2}V${bottom + 2}" stroke="#000" stroke-width="4"/><path d="M${x(threshold)} ${top - 2}V${bottom + 2}" stroke="#fff" stroke-width="2"/>`
      : undefined;
  const label =
    `Colours of the heat map: none up to ${formatScore(low)}, strongest from ${formatScore(high)}` +
    (threshold === undefined ? '' : `, outlined at the threshold ${formatScore(threshold)}`);
  return markup`<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${label}">
${bar}${mark}
${withText ? [text(left, 'start', formatScore(low)), text(right, 'end', formatScore(high)), threshold === undefined ? undefined : text(middleOf(x(threshold), left, right, font), 'middle', `threshold ${formatScore(threshold)}`)] : undefined}
</svg>`;
}

/** Where the threshold's words stand: at its mark, clear of the ends' figures. */
function middleOf(at: number, left: number, right: number, font: number): number {
  const clear = 8 * font; // Half of the words, and the figure beside them.
  return left + clear > right - clear ? (left + right) / 2 : Math.min(right - clear, Math.max(left + clear, at));
}

function fontSize(width: number): number {
  return Math.min(64, Math.max(9, Math.round(width / 60)));
}
