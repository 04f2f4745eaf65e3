import type { Picture } from '@uniad/datasets';
import sharp from 'sharp';
import type { OverlayOptions, Sharp } from 'sharp';
import type { HeatScale } from './colour-map.js';
import { legend as legendOf, legendHeight } from './legend.js';
import { markup } from './markup.js';
import type { Markup } from './markup.js';
import { svgFile } from './svg-file.js';

/** A row of a grid: pictures as pixels or as the bytes of a file, undefined where a place stays empty. */
export interface GridRow {
  readonly title?: string;
  readonly pictures: readonly (Picture | Uint8Array | undefined)[];
}

/** How a grid of pictures is laid out. */
export interface GridOptions {
  /** Over the columns. */
  readonly titles?: readonly string[];
  /** Width and height of every place, the largest picture's by default; larger pictures are shrunk into it. */
  readonly cell?: readonly [width: number, height: number];
  /** Pixels between pictures. */
  readonly gap?: number;
  /** Adds the colour bar of heat maps below the pictures. */
  readonly legend?: HeatScale;
}

/** Letters are about this share of the font's size wide. */
const LETTER = 0.66;

/**
 * Pictures in rows and columns on white, with titles, as a PNG. Text needs a font on the machine; without one the
 * pictures stand alone.
 *
 * @throws RangeError when there is no picture, or a row has another number of places than the titles or the other rows
 */
export async function drawGrid(
  rows: readonly GridRow[],
  { titles, cell, gap = 4, legend }: GridOptions = {},
): Promise<Buffer> {
  const columns = titles?.length ?? rows[0]?.pictures.length ?? 0;
  if (rows.length === 0 || columns === 0) throw new RangeError('Expected at least one picture for a grid');
  const odd = rows.findIndex(({ pictures }) => pictures.length !== columns);
  if (odd !== -1)
    throw new RangeError(
      `Expected ${columns} places in row ${odd} of a grid but received ${rows[odd]!.pictures.length}`,
    );
  const images = rows.map(({ pictures }) => pictures.map((picture) => picture && open(picture)));
  const [cellWidth, cellHeight] = cell ?? (await largest(images.flat()));
  const font = Math.min(32, Math.max(10, Math.round(cellWidth / 14)));
  const head = titles ? Math.round(1.7 * font) : 0;
  const longest = Math.max(0, ...rows.map(({ title = '' }) => title.length));
  const side = longest > 0 ? Math.round(Math.min(cellWidth, (longest + 1.5) * LETTER * font)) : 0;
  const width = side + columns * cellWidth + (columns - 1) * gap;
  const bodyHeight = head + rows.length * cellHeight + (rows.length - 1) * gap;
  const left = (column: number) => side + column * (cellWidth + gap);
  const top = (row: number) => head + row * (cellHeight + gap);

  const layers: OverlayOptions[] = [];
  for (const [row, places] of images.entries()) {
    for (const [column, image] of places.entries()) {
      if (!image) continue;
      const { data, info } = await image
        .resize(cellWidth, cellHeight, { fit: 'inside', withoutEnlargement: true })
        .png()
        .toBuffer({ resolveWithObject: true });
      layers.push({
        input: data,
        left: left(column) + ((cellWidth - info.width) >> 1),
        top: top(row) + ((cellHeight - info.height) >> 1),
      });
    }
  }
  const words = [
    ...(titles ?? []).map((title, column) =>
      text(title, left(column) + cellWidth / 2, 1.15 * font, { anchor: 'middle', font, room: cellWidth }),
    ),
    ...rows.map(({ title }, row) =>
      title === undefined
        ? undefined
        : text(title, side - font / 2, top(row) + cellHeight / 2 + 0.35 * font, { anchor: 'end', font, room: side }),
    ),
  ].filter((one) => one !== undefined);
  if (words.length > 0) {
    const svg = markup`<svg width="${width}" height="${bodyHeight}">${words}</svg>`;
    layers.unshift({ input: Buffer.from(svgFile(svg)), left: 0, top: 0 }); // Below the pictures.
  }
  if (legend) layers.push({ input: Buffer.from(svgFile(legendOf(width, legend))), left: 0, top: bodyHeight });
  const height = bodyHeight + (legend ? legendHeight(width) : 0);
  return sharp({ create: { width, height, channels: 3, background: 'white' } })
    .composite(layers)
    .png()
    .toBuffer();
}

function open(picture: Picture | Uint8Array): Sharp {
  if (!('data' in picture)) return sharp(picture);
  const { width, height, data } = picture;
  return sharp(data, { raw: { width, height, channels: 3 } });
}

async function largest(images: readonly (Sharp | undefined)[]): Promise<[width: number, height: number]> {
  let [width, height] = [0, 0];
  for (const image of images) {
    const size = await image?.metadata();
    width = Math.max(width, size?.width ?? 0);
    height = Math.max(height, size?.height ?? 0);
  }
  if (width === 0) throw new RangeError('Expected at least one picture for a grid');
  return [width, height];
}

/** A title, cut where it is longer than its room. */
function text(
  title: string,
  x: number,
  y: number,
  { anchor, font, room }: { anchor: 'middle' | 'end'; font: number; room: number },
): Markup {
  const fits = Math.max(1, Math.floor(room / (LETTER * font)));
  const shown = [...title].length > fits ? `${[...title].slice(0, fits - 1).join('')}…` : title;
  return markup`<text x="${x}" y="${y}" text-anchor="${anchor}" font-family="system-ui, sans-serif" font-size="${font}" fill="#222">${shown}</text>`;
}
