import { createHash } from 'node:crypto';
import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sample } from '@uniad/datasets';
import { readStateDict, writeSafetensors } from '@uniad/nn';
import type { StateDict } from '@uniad/nn';
import type { Compile } from '../device/device.js';
import { RunError } from '../errors.js';
import { writeAtomically } from '../files/write-atomically.js';
import { backboneChannels } from './backbones.js';
import { BATCH } from './batch.js';
import { cellGrid, FeatureExtractor } from './feature-extractor.js';
import type { FeatureConfig } from './feature-extractor.js';
import { prepareImage } from './input-settings.js';
import type { InputSettings } from './input-settings.js';
import type { Progress } from './progress.js';

/** Changes when preprocessing or the form of the stored files does, so that older files are not read. */
const FORMAT = 2;

/** What is stored for a picture. */
type StoredSample = Pick<Sample, 'path' | 'content' | 'picture'>;

export interface FeatureStoreOptions {
  /** Where the files are kept; runs can share it. */
  readonly folder: string;
  readonly config: FeatureConfig;
  readonly input: InputSettings;
  /** Of the backbones. */
  readonly weights: StateDict;
  readonly compile: Compile;
}

/**
 * Features of pictures, computed once and kept on disk: the backbone is frozen and training pictures are not augmented.
 * A file is named by all that it depends on: backbone, stages, weights, sizes, normalisation and the bytes of the picture.
 */
export class FeatureStore {
  private readonly files = new Map<string, string>(); // picture path -> feature file
  private readonly namespace: string;
  /** Of every picture's features. */
  readonly shape: readonly [rows: number, columns: number, channels: number];

  constructor(private readonly options: FeatureStoreOptions) {
    const { config, input, weights } = options;
    const { backbone, beside, imageSize, neck } = config;
    const cells = cellGrid(config);
    this.shape = [...cells, backboneChannels(config)];
    const settings = [
      FORMAT,
      backbone.name,
      backbone.stages,
      imageSize,
      cells,
      neck,
      input,
      ...(beside ? [beside] : []),
    ];
    this.namespace = createHash('sha256')
      .update(JSON.stringify([...settings, digestOfState(weights)]))
      .digest('hex')
      .slice(0, 16);
  }

  /**
   * Reads the pictures' bytes, which say where their features are kept.
   *
   * @returns what the bytes of each picture hash to, in their order
   */
  async locate(samples: readonly StoredSample[], signal?: AbortSignal): Promise<string[]> {
    const digests: string[] = [];
    for (const sample of samples) {
      signal?.throwIfAborted();
      const hash = createHash('sha256').update(await sample.content());
      const digest = hash.digest('hex').slice(0, 34);
      const file = join(this.options.folder, this.namespace, digest.slice(0, 2), `${digest.slice(2)}.safetensors`);
      this.files.set(sample.path, file);
      digests.push(digest);
    }
    return digests;
  }

  /**
   * Computes what is not yet there, so that {@link read} finds every picture; of several pictures with the same bytes, one.
   *
   * @throws PictureError naming a bad picture
   */
  async prepare(
    samples: readonly StoredSample[],
    onProgress?: (progress: Progress) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    await this.locate(
      samples.filter(({ path }) => !this.files.has(path)),
      signal,
    );
    const missing = new Map<string, StoredSample>(); // feature file -> a picture
    for (const sample of samples) {
      const file = this.files.get(sample.path)!;
      if (!missing.has(file) && !(await this.isWhole(file))) missing.set(file, sample);
    }
    if (missing.size > 0) await this.compute([...missing], onProgress, signal);
  }

  private async compute(
    missing: readonly (readonly [file: string, sample: StoredSample])[],
    onProgress?: (progress: Progress) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    const { config, weights, compile } = this.options;
    const extractor = new FeatureExtractor(config, weights, compile);
    try {
      const decode = (from: number) =>
        Promise.all(missing.slice(from, from + BATCH).map(([, sample]) => this.decode(sample)));
      let next = decode(0);
      for (let start = 0; start < missing.length; start += BATCH) {
        signal?.throwIfAborted();
        const images = await next;
        next = decode(start + BATCH); // The next pictures are decoded while these go through the backbone.
        next.catch(() => {}); // Reported when it is awaited.
        const features = await extractor.extract(images);
        await Promise.all(features.map((data, i) => this.write(missing[start + i]![0], data)));
        onProgress?.({ done: Math.min(start + BATCH, missing.length), total: missing.length });
      }
    } finally {
      extractor.dispose(); // Whatever comes next can use its memory.
    }
  }

  private async decode(sample: StoredSample): Promise<Float32Array> {
    const { config, input } = this.options;
    return prepareImage(await sample.picture(decodeOptions(input)), config.imageSize, input);
  }

  private write(file: string, data: Float32Array): Promise<void> {
    return writeAtomically(file, writeSafetensors({ features: { shape: this.shape, data } }));
  }

  /** A file that was cut off is shorter than its numbers. */
  private async isWhole(file: string): Promise<boolean> {
    const bytes = 4 * this.shape.reduce((product, side) => product * side, 1);
    return stat(file).then(
      ({ size }) => size > bytes,
      () => false,
    );
  }

  /** Features `[rows, columns, channels]` of a picture that was prepared; a damaged file is computed anew. */
  async read(sample: StoredSample): Promise<Float32Array> {
    const file = this.files.get(sample.path);
    if (file === undefined) {
      throw new RunError(`Expected ${sample.path} to have been prepared before its features are read`);
    }
    const stored = await this.readFile(file);
    if (stored) return stored;
    await rm(file, { force: true });
    await this.compute([[file, sample]]);
    const computed = await this.readFile(file);
    if (!computed) throw new RunError(`Expected the features just written to ${file} but found others`);
    return computed;
  }

  /** Undefined where the file is missing or damaged. */
  private async readFile(file: string): Promise<Float32Array | undefined> {
    try {
      const { features } = readStateDict(await readFile(file));
      return features?.shape.join() === this.shape.join() ? features.data : undefined;
    } catch {
      return undefined;
    }
  }
}

/** How pictures of a model are decoded. */
export function decodeOptions({ range }: InputSettings): { readonly range?: readonly [number, number] } {
  return range ? { range } : {};
}

/** What a network's parameters hash to. */
export function digestOfState(state: StateDict): string {
  const hash = createHash('sha256');
  for (const [name, { shape, data }] of Object.entries(state)) {
    hash.update(JSON.stringify([name, shape])).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}
