import { parse } from 'node:path';

/** Paths without their extension; one that is taken, by any of the paths, gets a number behind. */
export function uniqueNames(paths: readonly string[]): string[] {
  const plain = paths.map((path) => {
    const { dir, name } = parse(path);
    return dir === '' ? name : `${dir}/${name}`;
  });
  const wanted = new Set(plain);
  const taken = new Set<string>();
  return plain.map((name) => {
    let unique = name;
    for (let count = 2; taken.has(unique) || (unique !== name && wanted.has(unique)); count++)
      unique = `${name}-${count}`;
    taken.add(unique);
    return unique;
  });
}
