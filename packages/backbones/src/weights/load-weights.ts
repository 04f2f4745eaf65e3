import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { checkSha256, checkSize, download, sha256OfFile } from '@uniad/download';
import type { Fetch } from '@uniad/download';
import type { StateDict } from '@uniad/nn';
import type { AnyBackboneName } from '../architectures.js';
import { inWeightsErrors, WeightsError } from './error.js';
import type { WeightsEvent } from './events.js';
import { hubFile, MAX_WEIGHTS_BYTES, WEIGHTS_FILE } from './hub.js';
import type { HubOptions } from './hub.js';
import { readWeights } from './read-weights.js';
import { shippedWeights } from './shipped-weights.js';

/** How {@link loadWeights} finds, checks and keeps a file. */
export interface LoadWeightsOptions extends HubOptions {
  /** In a folder without a `model.safetensors`, the backbone whose `NAME.safetensors` is meant. */
  readonly backbone?: AnyBackboneName;
  /** Where downloads are kept; default `uniad` in the user's cache folder. */
  readonly cacheFolder?: string;
  /** Checksum of the file, 64 hexadecimal digits; default what the hub states, where it states one. */
  readonly sha256?: string;
  /** Largest file taken; default 1 GiB. */
  readonly maxBytes?: number;
  /** Told while a file is fetched. */
  readonly progress?: (event: WeightsEvent) => void;
  readonly signal?: AbortSignal;
  readonly fetch?: Fetch;
}

/**
 * Reads weights, safetensors or PyTorch's `.pth`: those that come with this package (`uniad_tiny`), or from a file, a folder, or a model hub
 * (a backbone's name, or a repository such as `timm/tf_efficientnet_b4.aa_in1k`); what was downloaded once is read from
 * the cache.
 *
 * @throws WeightsError when there is no such file, its checksum is another, or it is neither; an abort throws the signal's reason
 */
export function loadWeights(source: AnyBackboneName, options: LoadWeightsOptions = {}): Promise<StateDict> {
  return inWeightsErrors(() => findAndRead(source, options));
}

async function findAndRead(source: string, options: LoadWeightsOptions): Promise<StateDict> {
  const { maxBytes = MAX_WEIGHTS_BYTES, sha256, signal } = options;
  signal?.throwIfAborted();
  const file =
    shippedWeights(source) ?? (await localFile(source, options.backbone)) ?? (await cachedFile(source, options));
  checkSize(file, (await stat(file)).size, maxBytes);
  const bytes = await readFile(file, signal ? { signal } : {});
  checkSha256(file, sha256, createHash('sha256').update(bytes).digest('hex'));
  return readWeights(bytes, file);
}

/** The file that a path names; `undefined` when it is no path here, so that it may be a name on a hub. */
async function localFile(source: string, backbone: string | undefined): Promise<string | undefined> {
  if (await isFile(source)) return source;
  if (await isFolder(source)) {
    const names = [WEIGHTS_FILE, ...(backbone === undefined ? [] : [`${backbone}.safetensors`])];
    for (const name of names) {
      if (await isFile(join(source, name))) return join(source, name);
    }
    throw new WeightsError(`Expected ${names.join(' or ')} in the folder ${source} but there is none`);
  }
  if (isAbsolute(source) || /^\.|\\|\.(safetensors|pth|pt|tar)$/.test(source)) {
    throw new WeightsError(`Expected weights at ${source} but there is no such file or folder`);
  }
  return undefined;
}

async function cachedFile(source: string, options: LoadWeightsOptions): Promise<string> {
  const {
    cacheFolder = userCacheFolder(),
    sha256,
    progress = () => {},
    signal,
    fetch,
    maxBytes = MAX_WEIGHTS_BYTES,
  } = options;
  const { host, repository, revision, url } = hubFile(source, options);
  const file = join(cacheFolder, host, ...repository.split('/'), revision, WEIGHTS_FILE);
  if ((await isFile(file)) && (sha256 === undefined || (await sha256OfFile(file)) === sha256.toLowerCase())) {
    progress({ type: 'cached', file });
  } else {
    await download(url, file, { fetch, sha256, maxBytes, progress, signal });
  }
  return file;
}

function userCacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'uniad');
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
