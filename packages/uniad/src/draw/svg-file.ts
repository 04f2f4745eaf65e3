import { Markup, markup } from './markup.js';

const OPENING = /^<svg [^>]*>/;

/** An inline SVG as the text of a file of its own, on white: a page needs no namespace and has its own ground. */
export function svgFile({ text }: Markup): string {
  const opening = OPENING.exec(text)?.[0];
  if (opening === undefined) throw new Error(`Expected an SVG element but received ${text.slice(0, 20)}`);
  const head = new Markup(opening.replace('<svg ', '<svg xmlns="http://www.w3.org/2000/svg" '));
  return markup`${head}<rect width="100%" height="100%" fill="#fff"/>${new Markup(text.slice(opening.length))}`.text;
}
