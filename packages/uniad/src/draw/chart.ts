import type { PlotOptions } from '@observablehq/plot';
import { Markup, markup } from './markup.js';

/** Colours of lines in the order of their series (after Okabe and Ito): told apart with any kind of colour vision. */
export const seriesColours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#b8860b', '#7f7f7f'] as const;

export type Point = readonly [x: number, y: number];

export interface Series {
  readonly name: string;
  /** In the order they are joined; a y that is not a number leaves a gap. */
  readonly points: readonly Point[];
  readonly dashed?: boolean;
}

export interface ChartSize {
  readonly width?: number;
  readonly height?: number;
}

export interface LineChartOptions extends ChartSize {
  /** What the axes are. */
  readonly x: string;
  readonly y: string;
  readonly yScale?: 'linear' | 'log';
  /** By default from the least to the greatest value. */
  readonly yRange?: readonly [low: number, high: number];
  /** In words, for those who cannot see it. */
  readonly label: string;
}

/**
 * Lines over a common axis, their names beside them, as SVG that needs no script; text and axes take the colour of the
 * page's text.
 *
 * @throws RangeError where a logarithmic axis meets a value of 0 or less
 */
export async function lineChart(series: readonly Series[], options: LineChartOptions): Promise<Markup> {
  const { x, y, yScale = 'linear', yRange, label, width = 480, height = 300 } = options;
  for (const { name, points } of series) {
    const value = points.find(([, value]) => value <= 0)?.[1];
    if (yScale === 'log' && value !== undefined)
      throw new RangeError(`Expected values above 0 of ${name} for a logarithmic axis but received ${value}`);
  }
  const { dot, frame, line, text } = await import('@observablehq/plot');
  const colourOf = (index: number) => seriesColours[index % seriesColours.length]!;
  const last = ({ points }: Series) => points.findLast(([, value]) => Number.isFinite(value))?.[1] ?? -Infinity;
  const names = series
    .map((one, i) => ({ name: one.name, colour: colourOf(i), end: last(one) }))
    .sort((a, b) => b.end - a.end);
  return plot(label, {
    width,
    height,
    marginLeft: 48,
    marginRight: Math.min(0.4 * width, 16 + 7.4 * Math.max(0, ...series.map(({ name }) => name.length))),
    grid: true,
    x: { label: x, labelAnchor: 'center', ticks: width / 90, tickFormat: NUMBER },
    y: { label: y, type: yScale, tickFormat: NUMBER, ticks: height / 50, ...(yRange && { domain: [...yRange] }) },
    marks: [
      frame({ strokeOpacity: 0.3 }),
      ...series.flatMap(({ points, dashed = false }, i) => [
        line(points, {
          x: '0',
          y: '1',
          stroke: colourOf(i),
          strokeWidth: 2,
          ...(dashed && { strokeDasharray: '5 4' }),
        }),
        // Where points are few each is shown, and a single one is not lost.
        ...(points.length <= 40 ? [dot(points, { x: '0', y: '1', fill: colourOf(i), r: 2 })] : []),
      ]),
      ...names.map(({ name, colour }, i) =>
        text([name], {
          frameAnchor: 'top-right',
          textAnchor: 'start',
          dx: 8,
          dy: 14 * i,
          fill: colour,
          fontWeight: 600,
        }),
      ),
    ],
  });
}

export interface RocChartOptions extends ChartSize {
  readonly falsePositiveRate: ArrayLike<number>;
  readonly truePositiveRate: ArrayLike<number>;
  /** Of the threshold: how many false alarms, how many caught; `words` tell it. */
  readonly point?: { readonly at: Point; readonly words: string };
  readonly label: string;
  readonly colours?: { readonly curve: string; readonly point: string };
}

/** A ROC curve over the diagonal of chance, the threshold's point marked. */
export async function rocChart(options: RocChartOptions): Promise<Markup> {
  const { falsePositiveRate, truePositiveRate, point, label, width = 240, height = 240 } = options;
  const { curve, point: pointColour } = options.colours ?? { curve: seriesColours[0], point: seriesColours[1] };
  const { areaY, dot, frame, line } = await import('@observablehq/plot');
  const points = Array.from(falsePositiveRate, (rate, i) => [rate, truePositiveRate[i]!]);
  const axis = {
    domain: [0, 1],
    ticks: [0, 0.5, 1],
    tickFormat: NUMBER,
    labelAnchor: 'center',
    labelArrow: 'none',
  } as const;
  return plot(label, {
    width,
    height,
    marginLeft: 46,
    marginRight: 10,
    marginTop: 10,
    marginBottom: 36,
    grid: true,
    x: { ...axis, label: 'good parts called defective' },
    y: { ...axis, label: 'defects caught' },
    marks: [
      frame({ strokeOpacity: 0.3 }),
      line([[0, 0], [1, 1]], { stroke: 'currentColor', strokeOpacity: 0.6, strokeDasharray: '3 4' }), // prettier-ignore
      areaY(points, { x: '0', y1: 0, y2: '1', fill: curve, fillOpacity: 0.12 }),
      line(points, { x: '0', y: '1', stroke: curve, strokeWidth: 2.5 }),
      ...(point ? [dot([point.at], { fill: pointColour, r: 5, title: () => point.words })] : []),
    ],
  });
}

export interface ScoreHistogramOptions extends ChartSize {
  readonly good: readonly number[];
  readonly defective: readonly number[];
  readonly threshold?: { readonly at: number; readonly words: string };
  /** Of scores on the axis, for charts that are to be compared. */
  readonly range: readonly [low: number, high: number];
  readonly label: string;
  readonly colours?: { readonly good: string; readonly defective: string };
}

const BINS = 36;

/** How scores are distributed: those of good pictures upwards, of defective ones downwards, and the threshold. */
export async function scoreHistogram(options: ScoreHistogramOptions): Promise<Markup> {
  const { good, defective, threshold, range, label, width = 340, height = 170 } = options;
  const colours = options.colours ?? { good: seriesColours[0], defective: seriesColours[1] };
  const { binX, rectY, ruleX, ruleY, text } = await import('@observablehq/plot');
  const [low, high] = range[1] > range[0] ? range : [range[0] - 0.5, range[0] + 0.5];
  const end = high + 1e-6 * (high - low); // A bin is open above, and the greatest score belongs to the last.
  const edges = Array.from({ length: BINS + 1 }, (_, i) => low + (i / BINS) * (end - low));
  const bars = (scores: readonly number[], sign: 1 | -1, fill: string) => {
    const look = { x: (score: number) => score, fill, inset: 0.5 };
    const bins = binX({ y: (bin: unknown[]) => sign * bin.length }, { ...look, thresholds: edges, domain: [low, end] });
    return rectY(scores, bins);
  };
  return plot(label, {
    width,
    height,
    marginLeft: 8,
    marginRight: 8,
    marginTop: 22,
    marginBottom: 24,
    x: { domain: [low, high], label: null, ticks: 5, tickFormat: NUMBER },
    y: { axis: null },
    marks: [
      bars(good, 1, colours.good),
      bars(defective, -1, colours.defective),
      ruleY([0], { strokeOpacity: 0.6 }),
      ...(threshold
        ? [
            ruleX([threshold.at], { strokeWidth: 1.5, strokeDasharray: '4 3', insetTop: -6 }),
            text([threshold.words], {
              x: [threshold.at],
              frameAnchor: 'top',
              dy: -14,
              textAnchor: threshold.at > (low + high) / 2 ? 'end' : 'start',
            }),
          ]
        : []),
    ],
  });
}

/** How d3 writes figures on an axis: plainly, without closing zeros. */
const NUMBER = '~r';

/** Attributes that hold coordinates, which come with more digits than a screen has. */
const COORDINATES = /( (?:d|x|y|x1|x2|y1|y2|cx|cy|width|height|transform)=")([^"]*)"/g;

/** Renders without a browser: the library, and a document for it, are only loaded where a chart is drawn. */
async function plot(label: string, options: PlotOptions): Promise<Markup> {
  const [{ plot }, { parseHTML }] = await Promise.all([import('@observablehq/plot'), import('linkedom')]);
  const { document } = parseHTML('<!doctype html><html></html>');
  const svg = plot({ ...options, document });
  svg.setAttribute('font-size', '11');
  svg.querySelector('style')?.remove(); // The page's own style lays it out.
  const text = svg.outerHTML.replaceAll(COORDINATES, (_, name: string, value: string) => {
    const short = value.replaceAll(/-?\d+\.\d{3,}(e-?\d+)?/g, (number) =>
      String(Math.round(Number(number) * 100) / 100),
    );
    return `${name}${short}"`;
  });
  // linkedom leaves `<` in attributes, which a page allows and a file does not: the label is escaped here.
  const rest = new Markup(text.replaceAll(' />', '/>').slice('<svg '.length));
  return markup`<svg role="img" aria-label="${label}" ${rest}`;
}
