/**
 * Draws the README's picture of a result, from what the demo left: parts of every kind, where the model finds them
 * unlike good ones, and where the defect is. The first test picture of each named kind of defect is taken.
 * Usage: npm run demo && node --conditions=@uniad/source --import tsx examples/readme-picture.ts [DEMO [PICTURE]]
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { drawGrid, drawMask, heatScaleOf, load, openDataset } from '@uniad/core';
import sharp from 'sharp';

const [demo = 'demo', out = 'docs/heat-maps.png'] = process.argv.slice(2);

const SHOWN = [
  ['bolt', 'contamination'],
  ['brushed_metal', 'scratch'],
  ['gear', 'missing_part'],
  ['leather', 'scratch'],
  ['wood', 'crack'],
  ['wood', 'good'],
] as const;
const SIDE = 160;

const inspector = await load(join(demo, 'run'));
const { model } = inspector;
const { categories } = await openDataset(join(demo, 'parts'));
const columns = await Promise.all(
  SHOWN.map(async ([kind, defect]) => {
    const sample = categories.find(({ name }) => name === kind)?.test.find((one) => one.defect === defect);
    if (!sample)
      throw new Error(`Expected a test picture of ${kind}, ${defect}, in ${demo}, which npm run demo writes`);
    const picture = await sample.picture();
    const { heatMap, score, anomalous } = await inspector.predict(sample.path);
    console.log(`${sample.id}: ${score.toFixed(2)}, ${anomalous ? 'anomalous' : 'normal'}`);
    const { imageSize } = model.config;
    const mask = await drawMask(picture, (await sample.mask(imageSize))!, imageSize);
    return { title: `${kind}, ${defect}`, picture, heat: await heatMap(), mask };
  }),
);
inspector.dispose();

const grid = await drawGrid(
  [
    { title: 'picture', pictures: columns.map(({ picture }) => picture) },
    { title: 'heat map', pictures: columns.map(({ heat }) => heat) },
    { title: 'mask', pictures: columns.map(({ mask }) => mask) },
  ],
  { titles: columns.map(({ title }) => title.replaceAll('_', ' ')), cell: [SIDE, SIDE], legend: heatScaleOf(model) },
);
await mkdir(dirname(out), { recursive: true });
// A README should load at once: a palette of 256 colours is a third of the bytes.
await writeFile(out, await sharp(grid).png({ palette: true, effort: 10 }).toBuffer());
