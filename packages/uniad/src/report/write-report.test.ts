import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileSample } from '@uniad/datasets';
import sharp from 'sharp';
import { version } from '../../package.json';
import { findChromium, openInChromium } from '../../test/browser.js';
import { all, parseHtml } from '../../test/html.js';
import type { Element } from '../../test/html.js';
import { resolveConfig } from '../config.js';
import type { Inspection } from '../pipeline/inspection.js';
import { defaultTraining } from '../training/training-options.js';
import { metricColumns } from '../pipeline/evaluate.js';
import type { ScoredSample } from '../pipeline/evaluate.js';
import { writeReport } from './write-report.js';

const SIDE = 32;
const THRESHOLD = 2;
const HOSTILE = `"><script>alert('1')</script><img src=x onerror=alert(2)>&amp;`;

/** Learned, but without test pictures; a name as people give them. */
const UNTESTED = '4711-0815_rev_B';

let folder: string;
let path: string;
let html: string;
let page: Element;

/** Scores of a category's pictures: the good ones below the defective ones, but for one of each. */
const SCORES = { good: [1, 1.2, 1.1, 2.5], scratch: [3, 4, 1.5, 6] };

async function writePictures(category: string, place: string): Promise<ScoredSample[]> {
  const scored: ScoredSample[] = [];
  for (const [defect, scores] of Object.entries(SCORES)) {
    for (const [i, score] of scores.entries()) {
      const name = join(folder, `${place}-${defect}-${i}`);
      const flat = (background: 'white' | 'black' | { r: number; g: number; b: number }) =>
        sharp({ create: { width: 40, height: 30, channels: 3, background } });
      await flat({ r: 90, g: 30 * i, b: 60 })
        .png()
        .toFile(`${name}.png`);
      const mark = { input: await flat('white').resize(8, 8).png().toBuffer(), left: 4, top: 4 };
      await flat('black').composite([mark]).png().toFile(`${name}-mask.png`);
      const anomalous = defect !== 'good';
      const sample = new FileSample({
        path: `${name}.png`,
        id: `${category}/test/${defect}/${i}.png`,
        category,
        split: 'test',
        defect: anomalous && category === HOSTILE ? HOSTILE : defect,
        anomalous,
        masks: [`${name}-mask.png`],
      });
      scored.push({ sample, score, ...verdictOf(score) });
    }
  }
  return scored;
}

const verdictOf = (score: number) => ({
  normalizedScore: 0.5,
  anomalous: score >= THRESHOLD,
  threshold: THRESHOLD,
  category: null,
  categoryDistance: null,
});

const means = {
  imageAuroc: 0.875,
  imageAveragePrecision: 0.8,
  imageBestF1: 0.8,
  pixelAuroc: 0.9,
  pixelAveragePrecision: 0.5,
  pixelBestF1: 0.5,
  aupro: 0.7,
};
const metrics = { ...means, images: 8, anomalous: 4, withoutMask: 0 };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'uniad-report-'));
  const scored = [...(await writePictures('steel_plate', 'plate')), ...(await writePictures(HOSTILE, 'hostile'))];
  path = await writeReport(join(folder, 'deep', 'report'), {
    inspector: {
      model: {
        id: 'test',
        config: resolveConfig({ imageSize: [SIDE, SIDE] }),
        categories: ['steel_plate', HOSTILE, UNTESTED],
        input: { mean: [0, 0, 0], deviation: [1, 1, 1] },
        threshold: { score: THRESHOLD, source: 'of the test', mapRange: [0, 4] },
        kinds: [],
        parameters: { one: { shape: [1000], data: new Float32Array(1000) } },
        backbone: {},
      },
      inspect: async (samples): Promise<Inspection[]> =>
        samples.map(() => ({
          score: 0,
          ...verdictOf(0),
          map: Float32Array.from({ length: SIDE * SIDE }, (_, i) => i / 256),
        })),
    },
    evaluation: {
      categories: { steel_plate: { ...metrics, withoutMask: 1 }, [HOSTILE]: { ...metrics, imageAuroc: NaN } },
      mean: means,
      pooled: means,
      scored,
    },
    data: '/data/parts_2026',
    date: new Date('2026-02-03T04:05:06Z'),
    training: {
      options: { ...defaultTraining, epochs: 7 },
      device: 'onnxruntime',
      pictures: 54,
      heldOut: 6,
      seconds: 84,
      data: '/data/good_parts',
      finished: '2026-01-02T03:04:05.678Z',
    },
  });
  html = await readFile(path, 'utf8');
  page = parseHtml(html); // Throws where a tag is left open or an attribute is broken out of.
});
afterAll(() => rm(folder, { recursive: true }));

test('is one file, of modest size', async () => {
  expect(path).toBe(join(folder, 'deep', 'report', 'report.html'));
  expect(await readdir(join(folder, 'deep', 'report'))).toEqual(['report.html']);
  expect(html.length).toBeLessThan(100_000);
});

test('asks for nothing from elsewhere, runs nothing, and its policy forbids both', () => {
  const policy = all(page, 'meta').find(({ attributes }) => attributes['http-equiv'] === 'Content-Security-Policy');
  expect(policy?.attributes.content).toBe("default-src 'none'; img-src data:; style-src 'unsafe-inline'");
  expect(html).not.toMatch(/https?:|url\(|@import|<script|<link|<iframe/);
  for (const { attributes } of all(page, 'img'))
    expect(attributes.src).toMatch(/^data:image\/(webp|png);base64,[\w+/=]+$/);
  for (const { attributes } of all(page, 'a')) expect(attributes.href).toMatch(/^#kind-\d+$/);
});

test('a hostile name is shown as it is, and is never markup', () => {
  expect(all(page, 'script')).toEqual([]);
  expect(all(page, 'th').map(({ text }) => text)).toContain(HOSTILE);
  const names = [
    'rowspan',
    'colspan',
    'src',
    'alt',
    'class',
    'style',
    'id',
    'href',
    'name',
    'content',
    'charset',
    'lang',
    'http-equiv',
    'scope',
    'role',
    'tabindex',
    // Of drawings.
    'viewBox',
    'width',
    'height',
    'fill',
    'text-anchor',
    'font-size',
    'font-family',
  ];
  for (const name of ['img', 'svg', 'figure', 'td', 'th', 'p', 'span', 'section']) {
    for (const { attributes } of all(page, name)) {
      expect(
        Object.keys(attributes).filter((attribute) => !names.includes(attribute) && !attribute.startsWith('aria-')),
      ).toEqual([]);
    }
  }
});

test('the table has every metric and counts of every category, the mean, and headers for both directions', () => {
  const [table] = all(page, 'table');
  const rows = all(table!, 'tr').map((row) => row.children.map(({ text }) => text));
  const ranges = all(table!, 'small').map(({ text }) => text);
  const rest = ['0.800', '0.800', '0.900', '0.500', '0.500', '0.700'];
  expect(rows).toEqual([
    ['kind', ...metricColumns.map(({ title }) => title), 'defects caught', 'false alarms'],
    ['steel_plate1 without a mask', `0.875${ranges[1]}`, ...rest, '3/4', '1/4'],
    [HOSTILE, `–${ranges[2]}`, ...rest, '3/4', '1/4'],
    [UNTESTED, 'no test pictures'],
    ['mean, total', '0.875', ...rest, '6/8', '2/8'],
    ['in one ranking', `0.875${ranges[3]}`, ...rest, '', ''],
  ]);
  expect(all(table!, 'th').map(({ attributes }) => attributes.scope)).toEqual([
    ...Array<string>(10).fill('col'),
    ...Array<string>(5).fill('row'),
  ]);
  const columns = all(table!, 'tr').map((row) =>
    row.children.reduce((sum, { attributes }) => sum + Number(attributes.colspan ?? 1), 0),
  );
  expect(new Set(columns)).toEqual(new Set([10]));
});

test('below an image AUROC stands where it lies with 95 % confidence, narrower the more pictures there are', () => {
  const [, own, same, pooled] = all(all(page, 'table')[0]!, 'small').map(({ text }) => text.split('–').map(Number));
  // By counting all draws, 0.4 % of them give 0.5 or less, 2.4 % 0.625, 7.2 % 0.75, and over half give 1.
  expect(own![0]).toBeGreaterThan(0.5);
  expect(own![0]).toBeLessThanOrEqual(0.75);
  expect(own![1]).toBe(1);
  expect(same).toEqual(own);
  expect(pooled![0]).toBeGreaterThan(own![0]!);
});

test('a second table has how well every kind of defect was told, and what was caught of it', () => {
  const rows = all(all(page, 'table')[1]!, 'tr').map((row) => row.children.map(({ text }) => text));
  expect(rows).toEqual([
    ['kind', 'defect', 'image AUROC', 'caught', 'lowest score'],
    ['steel_plate', 'scratch', '0.938', '3/4', '1.50'],
    [HOSTILE, HOSTILE, '0.938', '3/4', '1.50'],
  ]);
});

test('says what was trained', () => {
  const facts = Object.fromEntries(
    all(page, 'dl')[1]!.children.map(({ children }) => children.map(({ text }) => text)) as [string, string][],
  );
  expect(facts).toMatchObject({
    Backbone: 'efficientnet_b4, stages 1, 2, 3, 4, frozen',
    Pictures: '54 good ones learned from, 6 held out for the threshold',
    Time: '1 min 24 s on onnxruntime',
    Threshold: '2.00: of the test',
    Kinds: `steel_plate, ${HOSTILE}, ${UNTESTED}`,
    'Training data': '/data/good_parts',
    Trained: '2026-01-02 03:04 UTC',
    'Test data': '/data/parts_2026',
    Report: `2026-02-03 04:05 UTC, @uniad/core ${version}`,
  });
  expect(facts.Training).toMatch(/^7 epochs/);
});

test('draws a curve where there is one, and every chart says in words what it shows', () => {
  const labels = all(page, 'svg').map(({ attributes }) => attributes['aria-label']);
  expect(labels).toHaveLength(4);
  expect(labels[0]).toBe(
    'Scores of steel_plate: 4 good from 1.00 to 2.50, 4 defective from 1.50 to 6.00, threshold 2.00',
  );
  expect(labels[2]).toBe(
    'ROC curve of steel_plate: area 0.875; at the threshold 75 % of the defects are caught with 25 % false alarms',
  );
  expect(labels[3]).toBe(
    'Colours of the heat map: none up to 0.00, strongest from 4.00, outlined at the threshold 2.00',
  );
  expect(page.text).toContain('No curve: the test pictures are all good or all defective.');
});

test('the gallery has best, typical and worst pictures with heat map, mask, score and verdict', () => {
  const [plates] = all(page, 'section').filter(({ attributes }) => attributes.id === 'kind-0');
  const cards = all(plates!, 'article');
  const told = cards.map((card) => [
    all(card, 'h4')[0]!.text,
    all(card, 'strong')[0]!.text,
    all(card, 'span')[0]!.text,
  ]);
  expect(told).toEqual([
    ['Clearest defect', '6.00', '✓ defect caught'],
    ['Typical defect', '4.00', '✓ defect caught'],
    ['Hardest defect', '1.50', '✗ defect missed'],
    ['Cleanest good part', '1.00', '✓ passed as good'],
    ['Typical good part', '1.20', '✓ passed as good'],
    ['Hardest good part', '2.50', '✗ false alarm'],
  ]);
  const alts = cards.map((card) => all(card, 'img').map(({ attributes }) => attributes.alt));
  expect(alts[0]).toEqual(['Defective part: scratch', 'Heat map over the picture', 'Mask: where the scratch is']);
  expect(alts[3]).toEqual(['Good part', 'Heat map over the picture']);
});

const chromium = findChromium();
if (chromium === undefined)
  console.info('The report is not opened in a browser: install Chromium, or set CHROME_PATH, to check that too.');
else {
  test('opens in Chromium from disk, with nothing to complain about', async () => {
    const { stdout, console: complaints } = await openInChromium(chromium, path, '--dump-dom');
    expect(complaints).toEqual([]);
    expect(stdout).toContain('<h1>Anomaly detection report</h1>');
    expect(stdout.match(/<article/g)).toHaveLength(12);
    expect(stdout).not.toContain('<script');
  });

  test.each([1366, 390])('fills a window %i pixels wide', async (width) => {
    const shot = join(folder, `${width}.png`);
    await openInChromium(chromium, path, `--window-size=${width},1200`, `--screenshot=${shot}`);
    const { channels } = await sharp(shot).stats();
    expect((await sharp(shot).metadata()).width).toBe(width);
    expect(Math.max(...channels.slice(0, 3).map(({ stdev }) => stdev))).toBeGreaterThan(10);
  });
}
