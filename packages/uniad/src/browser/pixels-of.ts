import { PictureError } from '@uniad/datasets';

/** What a page has of a picture: a file that was dropped, a canvas, a camera's video as it is now. */
export type PageImage = Blob | ImageData | Exclude<CanvasImageSource, SVGImageElement>;

/**
 * The pixels of a picture, turned as its EXIF says, in the file's own colours.
 *
 * @throws PictureError when the browser cannot decode it
 */
export async function pixelsOf(picture: PageImage): Promise<ImageData> {
  if (picture instanceof ImageData) return picture;
  const bitmap = await createImageBitmap(picture, {
    imageOrientation: 'from-image',
    colorSpaceConversion: 'none',
    premultiplyAlpha: 'none',
  }).catch((error: unknown) => {
    const name = picture instanceof File ? picture.name : 'the picture';
    throw new PictureError(name, `cannot be decoded: ${error instanceof Error ? error.message : String(error)}`);
  });
  try {
    const context = contextOf(new OffscreenCanvas(bitmap.width, bitmap.height));
    context.drawImage(bitmap, 0, 0);
    return context.getImageData(0, 0, bitmap.width, bitmap.height);
  } finally {
    bitmap.close();
  }
}

/** A canvas's means to draw. */
export function contextOf(
  canvas: HTMLCanvasElement | OffscreenCanvas,
): CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D {
  const context = canvas.getContext('2d') as CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D | null;
  if (!context) throw new TypeError('Expected a canvas that can be drawn on but its 2d context is not to be had');
  return context;
}
