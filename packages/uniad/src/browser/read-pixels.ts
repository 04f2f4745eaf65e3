import { defaultLimits, PictureError } from '@uniad/datasets';
import { unpremultiplied } from './unpremultiplied.js';

const { maxPixels, maxBytes } = defaultLimits;

/** Whatever a page has a picture in. Files are read as in Node: EXIF turns them, colour profiles and alpha are ignored. */
export type PageImage =
  | Blob
  | ImageBitmap
  | ImageData
  | HTMLImageElement
  | HTMLCanvasElement
  | OffscreenCanvas
  | HTMLVideoElement
  | VideoFrame;

/**
 * The RGBA pixels of a picture, those of a video as it stands.
 *
 * @throws PictureError naming the picture when it cannot be decoded, is empty, too large, or of another site
 */
export async function readPixels(source: PageImage): Promise<ImageData> {
  const type = Object.prototype.toString.call(source).slice(8, -1); // May come from another frame.
  if (type === 'ImageData') return source as ImageData;
  const name = nameOf(source, type);
  if (type === 'Blob' || type === 'File') {
    const bitmap = await decode(source as Blob, name);
    try {
      const pixels = draw(bitmap, bitmap.width, bitmap.height, name);
      return isOpaque(pixels) ? pixels : (unpremultiplied(bitmap) ?? pixels);
    } finally {
      bitmap.close();
    }
  }
  const size = sizes[type];
  if (!size) {
    const wanted = ['Blob', 'ImageData', ...Object.keys(sizes)].join(', ');
    throw new PictureError(name, `expected one of ${wanted}`);
  }
  const [width, height] = size(source as never);
  return draw(source as CanvasImageSource, width, height, name);
}

/** Width and height of what a canvas can draw. */
const sizes: Readonly<Record<string, (source: never) => [width: number, height: number]>> = {
  ImageBitmap: ({ width, height }: ImageBitmap) => [width, height],
  HTMLImageElement: ({ naturalWidth, naturalHeight }: HTMLImageElement) => [naturalWidth, naturalHeight],
  HTMLCanvasElement: ({ width, height }: HTMLCanvasElement) => [width, height],
  OffscreenCanvas: ({ width, height }: OffscreenCanvas) => [width, height],
  HTMLVideoElement: ({ videoWidth, videoHeight }: HTMLVideoElement) => [videoWidth, videoHeight],
  VideoFrame: ({ displayWidth, displayHeight }: VideoFrame) => [displayWidth, displayHeight],
} satisfies Record<string, (source: never) => [number, number]>;

function nameOf(source: PageImage, type: string): string {
  if (type === 'File') return (source as File).name;
  return type === 'Blob' ? `a picture of ${(source as Blob).size} bytes` : `the ${type}`;
}

async function decode(blob: Blob, name: string): Promise<ImageBitmap> {
  if (blob.size > maxBytes) throw new PictureError(name, `expected at most ${maxBytes} bytes but it has ${blob.size}`);
  try {
    return await createImageBitmap(blob, {
      colorSpaceConversion: 'none',
      premultiplyAlpha: 'none',
      imageOrientation: 'from-image',
    });
  } catch (error) {
    throw new PictureError(name, `this browser cannot decode it (${(error as Error).message})`, { cause: error });
  }
}

function draw(picture: CanvasImageSource, width: number, height: number, name: string): ImageData {
  if (width === 0 || height === 0) throw new PictureError(name, 'it has no picture yet');
  if (width * height > maxPixels)
    throw new PictureError(name, `expected at most ${maxPixels} pixels but it has ${width} x ${height}`);
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!;
  try {
    context.drawImage(picture, 0, 0, width, height);
    return context.getImageData(0, 0, width, height);
  } catch (error) {
    throw new PictureError(name, (error as Error).message, { cause: error });
  }
}

function isOpaque({ data }: ImageData): boolean {
  for (let alpha = 3; alpha < data.length; alpha += 4) if (data[alpha] !== 255) return false;
  return true;
}

/**
 * For where all values of a picture matter: a browser keeps 8 bits a channel.
 *
 * @throws PictureError for a PNG of 16 bits; other files of more than 8 bits no browser decodes
 */
export async function requireEightBits(source: PageImage): Promise<void> {
  if (!(source instanceof Blob)) return;
  const head = new Uint8Array(await source.slice(0, 25).arrayBuffer());
  const isPng = [0x89, 0x50, 0x4e, 0x47].every((byte, i) => head[i] === byte);
  if (isPng && head[24] === 16)
    throw new PictureError(
      nameOf(source, source instanceof File ? 'File' : 'Blob'),
      'expected 8 bits a channel but it has 16, which a browser does not keep',
    );
}
