const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** HTML or SVG that is safe to insert as it is; only {@link markup} makes it. */
export class Markup {
  constructor(readonly text: string) {}
}

type Content = string | number | Markup | undefined | readonly Content[];

function toText(content: Content): string {
  if (content instanceof Markup) return content.text;
  if (content === undefined) return '';
  if (typeof content === 'object') return content.map(toText).join('');
  return String(content).replaceAll(/[&<>"']/g, (character) => ESCAPES[character]!);
}

/**
 * A template of HTML or SVG. Whatever is inserted is escaped unless it is markup itself, so that a file's name can never
 * become a tag or leave its attribute (attributes must be quoted).
 */
export function markup(parts: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  return new Markup(parts.map((part, i) => part + (i < contents.length ? toText(contents[i]) : '')).join(''));
}
