/** An element of a parsed page. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
  /** Of the element and all below it, entities decoded. */
  text: string;
}

const VOID = ['meta', 'img'];
const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};
const decode = (text: string) =>
  text.replaceAll(/&[^;]*;/g, (entity) => ENTITIES[entity] ?? `<unknown entity ${entity}>`);

/** Parses the strict HTML that the report is written in, and throws where a tag is not closed in its turn. */
export function parseHtml(html: string): Element {
  const root: Element = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  const token =
    /<!doctype html>|<style>[^<]*<\/style>|<\/([a-z0-9]+)>|<([a-z0-9]+)((?: [a-zA-Z0-9-]+="[^"<>]*")*)(\/?)>|([^<]+)/gy;
  while (token.lastIndex < html.length) {
    const at = token.lastIndex;
    const match = token.exec(html);
    if (!match) throw new Error(`Unexpected markup: ${html.slice(at, at + 80)}`);
    const [, closed, opened, attributes = '', selfClosed, text] = match;
    if (closed !== undefined) {
      const last = open.pop()!;
      if (last.name !== closed) throw new Error(`Expected </${last.name}> but found </${closed}>`);
    } else if (opened !== undefined) {
      const pairs = [...attributes.matchAll(/ ([a-zA-Z0-9-]+)="([^"]*)"/g)].map(([, name, value]) => [
        name!,
        decode(value!),
      ]);
      const element: Element = {
        name: opened,
        attributes: Object.fromEntries(pairs) as Record<string, string>,
        children: [],
        text: '',
      };
      open.at(-1)!.children.push(element);
      if (!VOID.includes(opened) && selfClosed !== '/') open.push(element);
    } else if (text !== undefined) {
      for (const element of open) element.text += decode(text);
    }
  }
  if (open.length > 1) throw new Error(`<${open.at(-1)!.name}> is never closed`);
  return root;
}

/** All elements of that name, in the order of the page. */
export function all(element: Element, name: string): Element[] {
  return element.children.flatMap((child) => [...(child.name === name ? [child] : []), ...all(child, name)]);
}
