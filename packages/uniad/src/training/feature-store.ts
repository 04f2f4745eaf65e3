import { createHash } from 'node:crypto';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodePicture, preprocessPicture } from '@uniad/datasets';
import { readStateDict, writeSafetensors } from '@uniad/nn';
import type { StateDict } from '@uniad/nn';
import type { UniADConfig } from '../config.js';
import { RunError } from '../errors.js';
import { writeAtomically } from '../files/write-atomically.js';
import type { FeatureExtractor } from '../model/feature-extractor.js';

/** Pictures that go through the backbone together. */
const BATCH = 8;

/** Changes when preprocessing or the form of the stored files does, so that older files are not read. */
const FORMAT = 1;

/** A long task's state, told after each part of it. */
export interface Progress {
  readonly done: number;
  readonly total: number;
}

/**
 * Features of pictures, computed once and kept on disk: the backbone is frozen and training pictures are not augmented.
 * A file is named by all that it depends on: backbone, stages, weights, sizes and the bytes of the picture.
 */
export class FeatureStore {
  private readonly files = new Map<string, string>(); // picture path -> feature file

  /**
   * @param folder where the files are kept; runs can share it
   * @param weights of the backbone, part of what a file is named by
   */
  constructor(
    private readonly folder: string,
    private readonly config: Pick<UniADConfig, 'backbone' | 'imageSize' | 'featureSize'>,
    weights: StateDict,
    private readonly extractor: FeatureExtractor,
  ) {
    const { backbone, imageSize, featureSize } = config;
    const hash = createHash('sha256').update(
      JSON.stringify([FORMAT, backbone.name, backbone.stages, imageSize, featureSize]),
    );
    for (const [name, { shape, data }] of Object.entries(weights)) {
      hash.update(JSON.stringify([name, shape])).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    }
    this.namespace = hash.digest('hex').slice(0, 16);
  }
  private readonly namespace: string;

  /** Computes what is not yet there, so that {@link read} finds every picture. Throws PictureError on a bad picture. */
  async prepare(
    paths: readonly string[],
    onProgress?: (progress: Progress) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    const missing: string[] = [];
    for (const path of paths) {
      const digest = createHash('sha256')
        .update(await readFile(path))
        .digest('hex');
      const file = join(this.folder, this.namespace, digest.slice(0, 2), `${digest.slice(2, 34)}.safetensors`);
      this.files.set(path, file);
      if (!(await exists(file))) missing.push(path);
    }
    const decode = (from: number) =>
      Promise.all(
        missing
          .slice(from, from + BATCH)
          .map(async (path) => preprocessPicture(await decodePicture(path), { imageSize: this.config.imageSize })),
      );
    let next = decode(0);
    for (let start = 0; start < missing.length; start += BATCH) {
      signal?.throwIfAborted();
      const images = await next;
      next = decode(start + BATCH); // The next pictures are decoded while these go through the backbone.
      next.catch(() => {}); // Reported when it is awaited.
      const features = await this.extractor.extract(images);
      await Promise.all(features.map((data, i) => this.write(missing[start + i]!, data)));
      onProgress?.({ done: Math.min(start + BATCH, missing.length), total: missing.length });
    }
  }

  private async write(path: string, data: Float32Array): Promise<void> {
    const shape = [...this.config.featureSize, this.extractor.channels];
    await writeAtomically(this.files.get(path)!, writeSafetensors({ features: { shape, data } }));
  }

  /** Features `[rows, columns, channels]` of a picture that was prepared. */
  async read(path: string): Promise<Float32Array> {
    const file = this.files.get(path);
    if (file === undefined) throw new RunError(`Expected ${path} to have been prepared before its features are read`);
    const { features } = readStateDict(await readFile(file));
    const shape = [...this.config.featureSize, this.extractor.channels];
    if (features?.shape.join() !== shape.join()) {
      throw new RunError(
        `Expected features of shape ${shape.join('x')} in ${file} but found ${features?.shape.join('x') ?? 'none'}; delete it to compute them anew`,
      );
    }
    return features.data;
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
