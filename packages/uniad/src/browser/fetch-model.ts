import { RunError } from '../errors.js';
import { decodeModel } from '../pipeline/model-files.js';
import type { ModelFiles, TrainedModel } from '../pipeline/model-files.js';

const CACHE = 'uniad';

export interface FetchModelOptions {
  /** Told while the files arrive; `total` is undefined where the server does not say. */
  readonly progress?: (progress: { readonly file: string; readonly done: number; readonly total?: number }) => void;
  /** Keeps the files in the browser's Cache API, for the next time and for without a network. */
  readonly cache?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Fetches a model from the folder that training wrote, as a server serves it. `model.json` is asked for each time, where there is a
 * network; the two others are kept as long as it names the same training.
 *
 * @throws RunError naming the address that does not answer, or what is wrong with a file
 */
export async function fetchModel(folder: string | URL, options: FetchModelOptions = {}): Promise<TrainedModel> {
  const base = new URL(String(folder).replace(/\/?$/, '/'), globalThis.location?.href);
  // Absent from pages that are not served over HTTPS.
  const cache = options.cache === false || !('caches' in globalThis) ? undefined : await caches.open(CACHE);
  const json = await read(new URL('model.json', base), 'network first', cache, options);
  const { id = '' } = parsed(json);
  const tensors = (name: string) => {
    const address = new URL(name, base);
    address.searchParams.set('id', String(id)); // Another training is another entry.
    return read(address, 'cache first', cache, options);
  };
  const files: ModelFiles = {
    'model.json': json,
    'model.safetensors': await tensors('model.safetensors'),
    'backbone.safetensors': await tensors('backbone.safetensors'),
  };
  return decodeModel(files, (name) => new URL(name, base).href);
}

/** What is wrong with it {@link decodeModel} tells. */
function parsed(json: Uint8Array): { readonly id?: unknown } {
  try {
    return Object(JSON.parse(new TextDecoder().decode(json))) as { readonly id?: unknown };
  } catch {
    return {};
  }
}

async function read(
  address: URL,
  order: 'network first' | 'cache first',
  cache: Cache | undefined,
  options: FetchModelOptions,
): Promise<Uint8Array> {
  const kept = await cache?.match(address);
  if (kept && order === 'cache first') return new Uint8Array(await kept.arrayBuffer());
  const response = await fetch(address, options.signal ? { signal: options.signal } : {}).catch((error: unknown) => {
    options.signal?.throwIfAborted();
    if (kept) return kept;
    throw new RunError(`Cannot fetch ${address.href}: ${error instanceof Error ? error.message : String(error)}`);
  });
  if (!response.ok) throw new RunError(`Expected a file of a model at ${address.href} but received ${response.status}`);
  const bytes = await arriving(response, address, options);
  await cache?.put(address, new Response(bytes));
  return bytes;
}

async function arriving(
  response: Response,
  address: URL,
  { progress }: FetchModelOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const file = address.pathname.split('/').at(-1)!;
  const length = Number(response.headers.get('content-length'));
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let done = 0;
  const reader = response.body!.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    parts.push(part.value);
    done += part.value.length;
    progress?.({ file, done, ...(length > 0 && { total: length }) });
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
