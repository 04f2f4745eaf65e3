/** File name endings that are taken for pictures. */
const pictureExtensions = ['.jpg', '.jpeg', '.jfif', '.png', '.webp', '.tif', '.tiff', '.gif', '.bmp', '.avif'];

export const pictureFormats = ['JPEG', 'PNG', 'WebP', 'TIFF', 'GIF', 'BMP', 'AVIF'] as const;
export type PictureFormat = (typeof pictureFormats)[number];

const signatures: Readonly<Record<PictureFormat, readonly string[]>> = {
  JPEG: ['\xff\xd8\xff'],
  PNG: ['\x89PNG\r\n\x1a\n'],
  WebP: ['RIFF????WEBP'],
  TIFF: ['II*\0', 'II+\0', 'MM\0*', 'MM\0+'],
  GIF: ['GIF87a', 'GIF89a'],
  BMP: ['BM'],
  AVIF: ['????ftypavif', '????ftypavis', '????ftypmif1'],
};

/**
 * Tells the format from the first bytes, whatever the file is called.
 *
 * libvips would guess as well, but it also takes formats that run far more code than a picture needs, such as SVG.
 */
export function detectFormat(bytes: Uint8Array): PictureFormat | undefined {
  return pictureFormats.find((format) => signatures[format].some((signature) => startsWith(bytes, signature)));
}

function startsWith(bytes: Uint8Array, signature: string): boolean {
  return [...signature].every((letter, i) => letter === '?' || letter.charCodeAt(0) === bytes[i]);
}

/** Whether a file name ends as those of pictures do. */
export function isPictureName(name: string): boolean {
  return pictureExtensions.some((extension) => name.toLowerCase().endsWith(extension));
}
