/**
 * Inspects pictures with a trained model and writes a heat map for each that is anomalous.
 * Usage: inspect.ts RUN PICTURE...
 */
import { writeFile } from 'node:fs/promises';
import { parse } from 'node:path';
import { load } from '@uniad/core';

const [run = 'run', ...pictures] = process.argv.slice(2);
const inspector = await load(run);
for (const picture of pictures) {
  const { score, anomalous, threshold, heatMap } = await inspector.predict(picture);
  console.log(`${picture}: ${score.toFixed(3)} ${anomalous ? '>=' : '<'} ${threshold.toFixed(3)}`);
  if (anomalous) await writeFile(`${parse(picture).name}-heat.png`, await heatMap());
}
inspector.dispose();
