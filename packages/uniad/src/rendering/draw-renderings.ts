import type { Picture, Sample } from '@uniad/datasets';
import type { Size } from '../methods/shared-config.js';
import { drawGrid } from '../draw/picture-grid.js';
import type { ReconstructionRenderer } from './reconstruction-renderer.js';

/**
 * A grid of pictures, their rendered features, what every model reconstructed of them, its map, and the mask, as a PNG
 * (figures 2b, 6 and A2).
 */
export async function drawRenderings(renderer: ReconstructionRenderer, samples: readonly Sample[]): Promise<Buffer> {
  const { imageSize, featureSize } = renderer.settings.config;
  let titles: string[] = [];
  const rows = [];
  for (const sample of samples) {
    const { original, reconstructions } = await renderer.render(sample);
    const mask = await sample.mask(imageSize, { onWarning: () => {} });
    titles = ['picture', 'its features', ...reconstructions.flatMap(({ name }) => [name, 'map']), 'mask'];
    rows.push({
      title: sample.defect,
      pictures: [
        coloured(await renderer.coloursOf(sample), imageSize),
        coloured(original, imageSize),
        ...reconstructions.flatMap(({ picture, map }) => [
          coloured(picture, imageSize),
          grey(map, featureSize, imageSize),
        ]),
        mask && grey(Float32Array.from(mask), imageSize, imageSize),
      ],
    });
  }
  return drawGrid(rows, { titles });
}

/** Colours from 0 to 1, `[height, width, 3]`, as a picture. */
function coloured(colours: Float32Array, [height, width]: Size): Picture {
  return {
    width,
    height,
    data: Uint8Array.from(colours, (value) => Math.round(255 * Math.min(1, Math.max(0, value)))),
  };
}

/** Values from their smallest, black, to their largest, white; each token a block of pixels. */
function grey(values: Float32Array, [rows, columns]: Size, [height, width]: Size): Picture {
  const [low, high] = values.reduce(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Infinity, -Infinity],
  );
  const data = new Uint8Array(height * width * 3);
  for (let i = 0; i < height * width; i++) {
    const [row, column] = [
      Math.floor((Math.floor(i / width) * rows) / height),
      Math.floor(((i % width) * columns) / width),
    ];
    const value = values[row * columns + column]!;
    data.fill(high > low ? (255 * (value - low)) / (high - low) : 0, 3 * i, 3 * i + 3);
  }
  return { width, height, data };
}
