import { RunError } from '../errors.js';
import { decodeModel, modelFileNames } from '../pipeline/model-files.js';
import type { ModelFiles, TrainedModel } from '../pipeline/model-files.js';

/** Files larger than this are no model of ours. */
const LARGEST_FILE = 2 ** 31;

const CACHE = 'uniad';

/** How far the download of a model has come. */
export interface LoadProgress {
  readonly file: keyof ModelFiles;
  /** Bytes. */
  readonly done: number;
  /** Bytes; undefined where the server does not say. */
  readonly total: number | undefined;
  /** Whether the file was there already. */
  readonly cached: boolean;
}

/** How {@link fetchModel} gets a model. */
export interface FetchModelOptions {
  /** Told while the files come. */
  readonly progress?: ((progress: LoadProgress) => void) | undefined;
  /**
   * Whether the browser's Cache API keeps the model, so that it loads without network the next time: yes, by default. A model that was
   * trained anew under the same address is noticed and replaces the one before.
   */
  readonly cache?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Fetches the three files of a run's folder.
 *
 * @param folder its address, relative to the page's or the worker's
 * @throws RunError when a file is missing or is not what it should be, and nothing is kept then
 */
export async function fetchModel(folder: string | URL, options: FetchModelOptions = {}): Promise<TrainedModel> {
  const { progress = () => {}, cache = true, signal } = options;
  const base = folderAddress(folder);
  // Without HTTPS there is no Cache API.
  const kept = cache && 'caches' in globalThis ? await caches.open(CACHE) : undefined;
  const address = (name: string) => new URL(name, base).href;
  const read = (response: Response, file: keyof ModelFiles, cached: boolean) =>
    readBody(response, address(file), (done, total) => progress({ file, done, total, cached }));

  const json = address('model.json');
  const known = await kept?.match(json);
  const answer = await request(json, signal).catch((error: unknown) => {
    if (known && !signal?.aborted) return undefined; // No network: what is there must do.
    throw error;
  });
  const description = await read(answer ?? known!, 'model.json', answer === undefined);
  const id = idOf(description);

  // The tensors are kept under the id of their training, which stands in the description.
  const key = (name: keyof ModelFiles) => `${address(name)}?model=${id}`;
  const fresh: (keyof ModelFiles)[] = [];
  const tensors = async (name: keyof ModelFiles): Promise<Uint8Array> => {
    const there = id === '' ? undefined : await kept?.match(key(name));
    if (there) return read(there, name, true);
    fresh.push(name);
    return read(await request(address(name), signal), name, false);
  };
  const files: ModelFiles = {
    'model.json': description,
    'backbone.safetensors': await tensors('backbone.safetensors'),
    'model.safetensors': await tensors('model.safetensors'),
  };
  const model = decodeModel(files, address);
  if (kept && id !== '' && answer) await keep(kept, files, fresh, address, key);
  return model;
}

/**
 * Reads a model from files that were chosen or dropped.
 *
 * @throws RunError when one of the three files is missing or is not what it should be
 */
export async function readModelFiles(files: readonly File[]): Promise<TrainedModel> {
  const read = async (name: keyof ModelFiles): Promise<Uint8Array> => {
    const file = files.find((one) => one.name === name);
    if (!file) throw new RunError(`Expected a trained model in the ${files.length} files but found no ${name}`);
    if (file.size > LARGEST_FILE)
      throw new RunError(`Expected less than 2 GiB in ${name} but found ${file.size} bytes`);
    return new Uint8Array(await file.arrayBuffer());
  };
  const entries = modelFileNames.map(async (name) => [name, await read(name)] as const);
  return decodeModel(Object.fromEntries(await Promise.all(entries)) as unknown as ModelFiles);
}

function folderAddress(folder: string | URL): URL {
  const base = globalThis.document?.baseURI ?? globalThis.location?.href;
  if (!URL.canParse(String(folder), base))
    throw new RunError(`Expected the address of a model's folder but received ${JSON.stringify(String(folder))}`);
  const url = new URL(folder, base);
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

async function request(url: string, signal: AbortSignal | undefined): Promise<Response> {
  let response: Response;
  try {
    // Asks whether it has changed: a folder may hold another model than yesterday.
    response = await fetch(url, { cache: 'no-cache', ...(signal && { signal }) });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new RunError(`Cannot fetch ${url}: ${(error as Error).message}`, { cause: error });
  }
  if (!response.ok) throw new RunError(`Expected a file at ${url} but the server answered ${response.status}`);
  return response;
}

async function readBody(
  response: Response,
  url: string,
  progress: (received: number, total: number | undefined) => void,
): Promise<Uint8Array> {
  const length = response.headers.get('content-length');
  // Of a compressed answer it is another length.
  const total = length === null || response.headers.has('content-encoding') ? undefined : Number(length);
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let received = 0;
  const reader = response.body!.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    received += value.length;
    if (received > LARGEST_FILE) {
      await reader.cancel();
      throw new RunError(`Expected less than 2 GiB at ${url} but there is more`);
    }
    chunks.push(value);
    progress(received, total);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

/** Of a training; empty where what was fetched is no description, which {@link decodeModel} then says. */
function idOf(description: Uint8Array): string {
  try {
    const { id } = JSON.parse(new TextDecoder().decode(description)) as { id?: unknown };
    return typeof id === 'string' ? id : '';
  } catch {
    return '';
  }
}

/** The tensors first: where the description stands, the model is complete. */
async function keep(
  cache: Cache,
  files: ModelFiles,
  fresh: readonly (keyof ModelFiles)[],
  address: (name: keyof ModelFiles) => string,
  key: (name: keyof ModelFiles) => string,
): Promise<void> {
  const response = (name: keyof ModelFiles) =>
    new Response(files[name] as Uint8Array<ArrayBuffer>, { headers: { 'content-length': String(files[name].length) } });
  try {
    for (const name of fresh) {
      await cache.delete(address(name), { ignoreSearch: true }); // Those of a training before.
      await cache.put(key(name), response(name));
    }
    await cache.put(address('model.json'), response('model.json'));
  } catch {
    // A full disk or a private window: the model runs all the same.
  }
}
