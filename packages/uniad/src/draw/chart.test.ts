import sharp from 'sharp';
import { all, parseHtml } from '../../test/html.js';
import type { Element } from '../../test/html.js';
import { lineChart, rocChart, scoreHistogram } from './chart.js';
import type { Markup } from './markup.js';
import { svgFile } from './svg-file.js';
import { trainingCurves } from './training-curves.js';

const HOSTILE = `"><script>alert('1')</script>&amp;`;

/** Of an SVG that must be whole: the parser throws where it is not. */
const parse = ({ text }: Markup) => parseHtml(text);
const marks = (svg: Element, label: string) =>
  all(svg, 'g').filter(({ attributes }) => attributes['aria-label'] === label);
const numbers = (text: string) => [...text.matchAll(/-?\d+(\.\d+)?/g)].map(([number]) => Number(number));

test('draws each series as a line through its points, on a logarithmic axis', async () => {
  const svg = parse(
    await lineChart([{ name: 'a', points: [[1, 1], [2, 10], [3, 100]] }], { x: 'epoch', y: 'loss', yScale: 'log', label: 'curve' }), // prettier-ignore
  );
  const [line] = all(marks(svg, 'line')[0]!, 'path');
  const [x0, y0, x1, y1, x2, y2] = numbers(line!.attributes.d!) as [number, number, number, number, number, number];
  expect(x1 - x0).toBeCloseTo(x2 - x1, 1);
  expect(y0 - y1).toBeCloseTo(y1 - y2, 1); // Powers of ten are evenly far apart, larger ones higher.
  expect(y0).toBeGreaterThan(y2);
});

test('a gap is where a value is not a number, and a single point is a dot', async () => {
  const options = { x: 'epoch', y: 'AUROC', label: 'curve' };
  const broken = parse(await lineChart([{ name: 'a', points: [[1, 1], [2, 2], [3, NaN], [4, 1], [5, 2]] }], options)); // prettier-ignore
  expect(all(marks(broken, 'line')[0]!, 'path')[0]!.attributes.d!.match(/M/g)).toHaveLength(2);
  const single = parse(await lineChart([{ name: 'a', points: [[1, 0.5]] }], options));
  expect(all(marks(single, 'dot')[0]!, 'circle')).toHaveLength(1);
});

test('refuses what a logarithmic axis cannot show', async () => {
  await expect(
    lineChart([{ name: 'mlp', points: [[1, 0]] }], { x: 'epoch', y: 'loss', yScale: 'log', label: '' }),
  ).rejects.toThrow('Expected values above 0 of mlp for a logarithmic axis but received 0');
});

test('a ROC curve goes through its points, and its dot is where the threshold is', async () => {
  const svg = parse(
    await rocChart({
      falsePositiveRate: [0, 0, 1],
      truePositiveRate: [0, 0.5, 1],
      point: { at: [0, 0.5], words: HOSTILE },
      label: HOSTILE,
    }),
  );
  expect(all(svg, 'svg')[0]!.attributes['aria-label']).toBe(HOSTILE);
  expect(all(svg, 'title').map(({ text }) => text)).toEqual([HOSTILE]);
  const line = numbers(all(marks(svg, 'line')[1]!, 'path')[0]!.attributes.d!);
  const [dot] = all(marks(svg, 'dot')[0]!, 'circle');
  expect([Number(dot!.attributes.cx), Number(dot!.attributes.cy)]).toEqual([line[2], line[3]]);
  expect(line[3]).toBeCloseTo((line[1]! + line[5]!) / 2);
});

test('a histogram counts every score, the good upwards and the defective downwards', async () => {
  const svg = parse(
    await scoreHistogram({ good: [0, 0, 0, 5], defective: [10, 10, 5], range: [0, 10], label: '', threshold: { at: 4, words: 'threshold 4' } }), // prettier-ignore
  );
  const [good, defective] = marks(svg, 'rect').map((group) =>
    all(group, 'rect').map(({ attributes }) => ({ y: Number(attributes.y), height: Number(attributes.height) })),
  );
  // One picture's height follows from the bar of three; insets take a pixel from each bar.
  const unit = (good![0]!.height + 1) / 3;
  expect(good!.map(({ height }) => Math.round((height + 1) / unit))).toEqual([3, 1]);
  expect(defective!.map(({ height }) => Math.round((height + 1) / unit)).sort()).toEqual([1, 2]);
  expect(Math.max(...good!.map(({ y }) => y))).toBeLessThan(Math.min(...defective!.map(({ y }) => y)));
  expect(svg.text).toContain('threshold 4');
});

test('draws where all scores are one', async () => {
  const svg = parse(await scoreHistogram({ good: [3, 3], defective: [], range: [3, 3], label: '' }));
  expect(all(marks(svg, 'rect')[0]!, 'rect')).toHaveLength(1);
  expect(svg.text).not.toContain('NaN');
});

test('curves of several networks are a picture file, whatever they are called', async () => {
  const epochs = [1, 2, 3].map((epoch) => ({ epoch, loss: 3 / epoch, imageAuroc: 0.5 + epoch / 10 }));
  const svg = await trainingCurves([
    { name: HOSTILE, epochs },
    { name: 'MLP', epochs: [{ epoch: 1, loss: 1, pixelAuroc: 0.7 }] },
  ]);
  expect(all(parse(svg), 'svg')).toHaveLength(4); // Three panels in one.
  const { width, height } = await sharp(Buffer.from(svgFile(svg))).metadata();
  expect(width! / height!).toBeCloseTo((3 * 460) / 300, 2);
  const { channels } = await sharp(Buffer.from(svgFile(svg))).stats();
  expect(channels[0]!.stdev).toBeGreaterThan(5);
});
