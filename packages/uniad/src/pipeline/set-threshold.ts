import type { ModelConfig } from '../config.js';
import { BATCH } from './batch.js';
import type { Inspection } from './inspection.js';
import { groupPictures } from './group-pictures.js';
import { kindNames, measureLooks, mostLike } from './kinds.js';
import type { Kind, Look } from './kinds.js';
import type { Threshold } from './model-files.js';
import { PixelSample } from './pixel-sample.js';
import { thresholdFromNormal, thresholdsByKind } from './threshold.js';
import type { TrainEvent } from './train-events.js';

/** Fewer scores than this of a kind say little. */
const FEW = 5;

/** What thresholds are measured with: a model at work on pictures, wherever they are. */
export interface NormalInspector<Sample> {
  inspect(samples: readonly Sample[]): Promise<readonly Inspection[]>;
  /** What tells kinds apart of each picture. */
  describe(samples: readonly Sample[]): Promise<readonly Float32Array[]>;
  dispose(): void;
}

interface Settings {
  readonly config: ModelConfig;
  /** What the held-out pictures are, in words. */
  readonly heldOutAre?: string;
  readonly onEvent: (event: TrainEvent) => void;
  readonly signal: AbortSignal | undefined;
}

/** The thresholds of a trained model, from good pictures that were held out, or where none was, from those it learned. */
export async function setThreshold<Sample extends { readonly category: string }>(
  inspector: NormalInspector<Sample>,
  learned: readonly Sample[],
  heldOut: readonly Sample[],
  { config, heldOutAre = 'good pictures held out of training', signal, onEvent }: Settings,
): Promise<{ threshold: Threshold; kinds: Kind[] }> {
  const samples = heldOut.length > 0 ? heldOut : learned;
  if (heldOut.length === 0 && remembers(config)) {
    const message =
      'no picture is held out, and those that are learned are remembered: the thresholds are too low until `uniad calibrate` sees others';
    onEvent({ type: 'warning', message });
  }
  const origin = heldOut.length > 0 ? heldOutAre : 'training pictures, none being held out';
  try {
    const allScores: number[] = [];
    const pixels = new PixelSample(samples.length);
    for (let start = 0; start < samples.length; start += BATCH) {
      signal?.throwIfAborted();
      for (const { score, map } of await inspector.inspect(samples.slice(start, start + BATCH))) {
        allScores.push(score);
        pixels.add(map);
      }
    }
    const threshold = thresholdFromNormal({ scores: allScores, pixels: pixels.values() }, origin);
    const looks = looksOf(learned, await inspector.describe(learned));
    const scores = groupBy(await kindsAmong(samples, looks, inspector), allScores);
    if (heldOut.length > 0) {
      for (const [name, { length }] of scores) {
        if (length >= FEW) continue;
        const pictures = length === 1 ? 'one held out picture' : `${length} held out pictures`;
        const message = `the threshold of ${name} rests on ${pictures}; more would make it more certain`;
        onEvent({ type: 'warning', message });
      }
    }
    const scales = thresholdsByKind(scores, origin);
    const kinds = looks.map((look): Kind => {
      // A kind of which no picture was held out has the threshold of all.
      const { score, source, mapRange } = threshold;
      return { ...look, ...(scales.get(look.name) ?? { typical: mapRange[0], threshold: score, source }) };
    });
    return { threshold, kinds };
  } finally {
    inspector.dispose();
  }
}

/** Whether a learned picture scores low because it is itself in the model. */
function remembers(config: ModelConfig): boolean {
  if (config.method === 'reconstruction') return config.memory !== null;
  return config.method === 'patchcore' || config.method === 'nearest';
}

/** Folders name the kinds; where there is one only, it may hold several that nobody told apart. */
function looksOf(learned: readonly { readonly category: string }[], descriptors: readonly Float32Array[]): Look[] {
  const categories = learned.map(({ category }) => category);
  const [first = ''] = categories;
  if (categories.some((category) => category !== first)) return measureLooks(groupBy(categories, descriptors));
  const groups = groupPictures(descriptors);
  const names = kindNames(first, groups.length);
  return measureLooks(new Map(groups.map((group, i) => [names[i]!, group.map((place) => descriptors[place]!)])));
}

/** The kind of each picture: its category, or where that was parted, the part that it looks like most. */
async function kindsAmong<Sample extends { readonly category: string }>(
  samples: readonly Sample[],
  looks: readonly Look[],
  inspector: NormalInspector<Sample>,
): Promise<string[]> {
  const known = new Set(looks.map(({ name }) => name));
  if (samples.every(({ category }) => known.has(category))) return samples.map(({ category }) => category);
  const descriptors = await inspector.describe(samples);
  return descriptors.map((descriptor) => mostLike(descriptor, looks)!.kind.name);
}

/** What belongs to each name. */
function groupBy<Value>(names: readonly string[], values: readonly Value[]): Map<string, Value[]> {
  const groups = new Map<string, Value[]>();
  names.forEach((name, i) => {
    const group = groups.get(name);
    if (group) group.push(values[i]!);
    else groups.set(name, [values[i]!]);
  });
  return groups;
}
