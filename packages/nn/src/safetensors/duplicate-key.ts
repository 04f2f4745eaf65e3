/** The first key that an object of valid JSON holds twice: JSON.parse would silently keep the later one. */
export function duplicateKey(json: string): string | undefined {
  const open: (Set<string> | undefined)[] = []; // The keys of each object around; undefined for an array.
  const token = /"(?:[^"\\]|\\.)*"|[{}[\]]/g;
  for (let match = token.exec(json); match; match = token.exec(json)) {
    const [text] = match;
    if (text === '{') open.push(new Set());
    else if (text === '[') open.push(undefined);
    else if (text === '}' || text === ']') open.pop();
    else if (json.slice(token.lastIndex).trimStart().startsWith(':')) {
      const keys = open.at(-1);
      const key = JSON.parse(text) as string;
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
  }
  return undefined;
}
