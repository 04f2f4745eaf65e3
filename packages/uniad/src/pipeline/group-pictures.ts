import { distanceTo, measureLooks } from './kinds.js';

/** Fewer pictures make no group: too few to know a kind by. */
const LEAST = 10;

/** More kinds than anyone mixes in one folder. */
const MOST = 64;

/** Two groups are two kinds where each picture is this many times farther from the other than the farthest of the other's own. */
const APART = 1.1;

const ROUNDS = 50;

/**
 * Finds the kinds of parts among good pictures of which nobody said which is which: they are halved again and again, and what is
 * not apart is joined again, the closest first. Kinds that look much alike stay together, and one that comes in two clearly
 * different looks is parted.
 *
 * @param descriptors `[channels]` each, as `describeFeatures` makes them
 * @returns the places of each group's pictures; groups in the order of their first pictures
 */
export function groupPictures(descriptors: readonly Float32Array[]): number[][] {
  const whole = descriptors.map((_, place) => place);
  const groups = join(halveAgain(whole, descriptors, Math.max(LEAST, descriptors.length / MOST)), descriptors);
  return groups.toSorted(([a = 0], [b = 0]) => a - b);
}

/** Halves of halves, as long as each has so many pictures. */
function halveAgain(group: readonly number[], descriptors: readonly Float32Array[], least: number): number[][] {
  const halves = halve(group.map((place) => descriptors[place]!)).map((half) => half.map((i) => group[i]!));
  if (halves.some(({ length }) => length < least)) return [[...group]];
  return halves.flatMap((half) => halveAgain(half, descriptors, least));
}

function join(groups: readonly (readonly number[])[], descriptors: readonly Float32Array[]): number[][] {
  const joined = groups.map((places) => ({ places: [...places] }));
  type Group = (typeof joined)[number];
  const known = new Map<Group, Map<Group, number>>();
  const gap = (a: Group, b: Group) => {
    const ofA = known.get(a) ?? new Map<Group, number>();
    known.set(a, ofA);
    const found = ofA.get(b) ?? gapBetween([a, b].map(({ places }) => places.map((place) => descriptors[place]!)));
    ofA.set(b, found);
    return found;
  };
  while (joined.length > 1) {
    const pairs = joined.flatMap((a, i) => joined.slice(i + 1).map((b) => [a, b] as const));
    const [a, b] = pairs.reduce((closest, pair) => (gap(...pair) < gap(...closest) ? pair : closest));
    if (gap(a, b) > APART) break;
    joined.splice(joined.indexOf(b), 1);
    joined.splice(joined.indexOf(a), 1, { places: [...a.places, ...b.places].toSorted((one, other) => one - other) });
  }
  return joined.map(({ places }) => places);
}

/** How far from each other two groups are, at their closest, in what their own pictures reach. */
function gapBetween(groups: readonly (readonly Float32Array[])[]): number {
  const looks = measureLooks(new Map(groups.map((group, i) => [String(i), group])));
  const gaps = groups.flatMap((group, i) => {
    const other = looks[1 - i]!;
    return group.map((descriptor) => distanceTo(descriptor, other) / Math.max(1, other.reach));
  });
  return gaps.reduce((least, one) => Math.min(least, one));
}

/** In two, each picture nearer to the mean of its half (k-means, k = 2, every channel in its deviations). */
function halve(descriptors: readonly Float32Array[]): [number[], number[]] {
  const [{ deviation } = { deviation: new Float32Array() }] = measureLooks(new Map([['', descriptors]]));
  const between = (a: Float32Array, b: Float32Array) => distanceTo(a, { center: b, deviation });
  const farthestFrom = (one: Float32Array) => {
    return descriptors.reduce((far, other) => (between(other, one) > between(far, one) ? other : far), one);
  };
  const end = farthestFrom(meanOf(descriptors));
  let centers: readonly [Float32Array, Float32Array] = [end, farthestFrom(end)];
  let isSecond: readonly boolean[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = isSecond;
    isSecond = descriptors.map((one) => between(one, centers[1]) < between(one, centers[0]));
    if (isSecond.every((second, i) => second === before[i])) break;
    const half = (second: boolean) => descriptors.filter((_, i) => isSecond[i] === second);
    if (half(true).length === 0) break;
    centers = [meanOf(half(false)), meanOf(half(true))];
  }
  const places = (second: boolean) => descriptors.flatMap((_, i) => (isSecond[i] === second ? i : []));
  return [places(false), places(true)];
}

function meanOf(descriptors: readonly Float32Array[]): Float32Array {
  const sums = new Float64Array(descriptors[0]?.length ?? 0);
  for (const descriptor of descriptors) descriptor.forEach((value, i) => (sums[i]! += value));
  return Float32Array.from(sums, (sum) => sum / descriptors.length);
}
