const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * The first key that an object of valid JSON holds twice: JSON.parse would silently keep the later one.
 *
 * Strings are walked by hand, because a regular expression overflows its stack on a long one.
 */
export function duplicateKey(json: string): string | undefined {
  const open: Set<string>[] = []; // The keys of every object around.
  for (let i = 0; i < json.length; i++) {
    const unit = json[i];
    if (unit === '{') open.push(new Set());
    else if (unit === '}') open.pop();
    else if (unit === '"') {
      const end = endOfString(json, i);
      if (isKey(json, end)) {
        const key = JSON.parse(json.slice(i, end)) as string;
        const keys = open.at(-1)!;
        if (keys.has(key)) return key;
        keys.add(key);
      }
      i = end - 1;
    }
  }
  return undefined;
}

/** The index after the closing quote of the string that opens at `start`. */
function endOfString(json: string, start: number): number {
  let i = start + 1;
  while (json.charCodeAt(i) !== QUOTE) i += json.charCodeAt(i) === BACKSLASH ? 2 : 1;
  return i + 1;
}

/** Whether a colon follows. */
function isKey(json: string, from: number): boolean {
  let i = from;
  while (' \t\r\n'.includes(json[i]!)) i++;
  return json[i] === ':';
}
