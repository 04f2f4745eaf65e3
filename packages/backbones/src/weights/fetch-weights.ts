import { checkSha256, checkSize, chunksOf, contentLength, request, statusError } from '@uniad/download';
import type { Fetch } from '@uniad/download';
import type { StateDict } from '@uniad/nn';
import type { AnyBackboneName } from '../architectures.js';
import { inWeightsErrors, WeightsError } from './error.js';
import type { WeightsEvent } from './events.js';
import { hubFile, MAX_WEIGHTS_BYTES } from './hub.js';
import type { HubOptions } from './hub.js';
import { readWeights } from './read-weights.js';

/** How {@link loadWeights} fetches. */
export interface FetchWeightsOptions extends HubOptions {
  /** Checksum of the file, 64 hexadecimal digits. */
  readonly sha256?: string;
  /** Largest file taken; default 1 GiB. */
  readonly maxBytes?: number;
  /** Told while the file is fetched. */
  readonly progress?: (event: WeightsEvent) => void;
  readonly signal?: AbortSignal;
  readonly fetch?: Fetch;
}

/**
 * Fetches safetensors weights from an address, or from a model hub (a backbone's name, or a repository such as
 * `timm/tf_efficientnet_b4.aa_in1k`); the browser's own cache keeps them.
 *
 * @throws WeightsError when the server does not have them, they are too large or cut short, or their checksum is another
 */
export function loadWeights(source: AnyBackboneName | URL, options: FetchWeightsOptions = {}): Promise<StateDict> {
  return inWeightsErrors(() => fetchAndRead(source, options));
}

async function fetchAndRead(source: AnyBackboneName | URL, options: FetchWeightsOptions): Promise<StateDict> {
  const { maxBytes = MAX_WEIGHTS_BYTES, progress = () => {}, signal, fetch = globalThis.fetch } = options;
  const url = URL.canParse(source) ? String(source) : hubFile(String(source), options).url;
  const response = await request(fetch, url, signal ? { signal } : {});
  if (!response.ok) throw statusError(url, response);
  const total = contentLength(response.headers);
  checkSize(url, total, maxBytes);
  progress({ type: 'start', url, received: 0, total });
  const chunks: Uint8Array[] = [];
  let received = 0;
  for await (const chunk of chunksOf(url, response, signal)) {
    received += chunk.length;
    checkSize(url, received, maxBytes);
    chunks.push(chunk);
    progress({ type: 'progress', url, received, total });
  }
  if (total !== undefined && received !== total)
    throw new WeightsError(`Expected ${total} bytes from ${url} but received ${received}`);
  const bytes = new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
  if (options.sha256 !== undefined)
    checkSha256(url, options.sha256, hexadecimal(await crypto.subtle.digest('SHA-256', bytes)));
  return readWeights(bytes, url);
}

function hexadecimal(buffer: ArrayBuffer): string {
  return Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
