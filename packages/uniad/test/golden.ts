import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { NamedTensor, StateDict } from '@uniad/nn';
import type { ConfigOverrides, Size } from '@uniad/core';

/** One case of the golden numbers, produced with the authors' implementation. */
export interface GoldenCase {
  readonly config: {
    readonly batch: number;
    readonly in_channels: number;
    readonly feature_size: Size;
    readonly stride: number;
    readonly hidden_dim: number;
    readonly heads: number;
    readonly feedforward_dim: number;
    readonly encoder_layers: number;
    readonly decoder_layers: number;
    readonly neighbor_size: Size;
    readonly mask: readonly [encoder: boolean, decoderMemory: boolean, decoderPrevious: boolean] | null;
    readonly pos_embed: 'learned' | 'sine';
    readonly activation?: 'relu' | 'gelu';
    readonly normalize_before?: boolean;
  };
  readonly parameters: readonly (readonly [name: string, shape: readonly number[]])[];
  readonly feature_rec: Summary;
  readonly anomaly_map: Summary;
  readonly mse_loss: number;
  readonly gradient: Readonly<Record<string, { readonly l2: number; readonly first: readonly number[] }>>;
  readonly training: {
    readonly loss: readonly number[];
    readonly gradient_norm: readonly number[];
    readonly learning_rate: readonly number[];
    readonly parameter_l2_after: Readonly<Record<string, number>>;
  };
}

/** A tensor whole, or by some of its values, in the official implementation's order (NCHW). */
export interface Summary {
  readonly shape: readonly number[];
  readonly data?: readonly number[];
  readonly index?: readonly number[];
  readonly value?: readonly number[];
}

/** The cases kept here, and those beside the checkout where there are more. */
export function goldenCases(): [name: string, golden: GoldenCase][] {
  const folders = [join(__dirname, 'fixtures'), resolve(__dirname, '../../../../shared/reference/uniad')].filter(
    existsSync,
  );
  const files = new Map(
    folders.flatMap((folder) =>
      readdirSync(folder)
        .filter((file) => file.endsWith('.json'))
        .map((file) => [file, join(folder, file)]),
    ),
  );
  return [...files].map(([file, path]) => [
    file.replace('.json', ''),
    JSON.parse(readFileSync(path, 'utf8')) as GoldenCase,
  ]);
}

// Jest intercepts every access of a global in a test's context; a local is an order of magnitude faster.
const { imul } = Math;

/** The stream of numbers in [-1, 1) that both sides generate from a name. */
export function uniform(name: string, n: number): Float64Array {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = imul(hash ^ byte, 0x01000193);
  return Float64Array.from({ length: n }, (_, i) => {
    const a = (hash + imul(i + 1, 0x6d2b79f5)) | 0;
    let t = imul(a ^ (a >>> 15), a | 1);
    t ^= t + imul(t ^ (t >>> 7), t | 61);
    return (((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * 2 - 1;
  });
}

/** A parameter's value, by the rules of the golden numbers. */
export function generatedParameter(name: string, shape: readonly number[], prefix = ''): NamedTensor {
  const size = shape.reduce((product, side) => product * side, 1);
  const fanIn = shape.slice(1).reduce((product, side) => product * side, 1);
  const value = valueOf(name, shape, Math.sqrt(3 / fanIn));
  return { shape, data: Float32Array.from(uniform(prefix + name, size), value) };
}

function valueOf(name: string, shape: readonly number[], bound: number): (u: number) => number {
  if (name.endsWith('running_var')) return (u) => 1 + 0.25 * (u + 1);
  if (name.endsWith('running_mean')) return (u) => 0.1 * u;
  if (shape.length === 1) return name.endsWith('weight') ? (u) => 1 + 0.1 * u : (u) => 0.1 * u;
  if (/learned_embed|row_embed|col_embed/.test(name)) return (u) => u;
  return (u) => u * bound;
}

/** Millions of numbers for the larger cases, so they are generated once. */
const generated = new Map<GoldenCase['parameters'], StateDict>();

export function generatedState(parameters: GoldenCase['parameters']): StateDict {
  const state =
    generated.get(parameters) ??
    Object.fromEntries(parameters.map(([name, shape]) => [name, generatedParameter(name, shape)]));
  generated.set(parameters, state);
  return state;
}

/** The case's model as a configuration of ours, dropout and jitter off. */
export function configOf({ config }: GoldenCase): Extract<ConfigOverrides, { method?: 'reconstruction' | undefined }> {
  const [height, width] = config.feature_size;
  return {
    imageSize: [height * config.stride, width * config.stride],
    featureSize: config.feature_size,
    hiddenDim: config.hidden_dim,
    heads: config.heads,
    feedForwardDim: config.feedforward_dim,
    encoderLayers: config.encoder_layers,
    decoderLayers: config.decoder_layers,
    dropout: 0,
    jitter: { scale: 0 },
    positionEmbedding: config.pos_embed,
    activation: config.activation ?? 'relu',
    norm: config.normalize_before ? 'pre' : 'post',
    neighborMask: config.mask && {
      size: config.neighbor_size,
      encoder: config.mask[0],
      decoderFirst: config.mask[1],
      decoderSecond: config.mask[2],
    },
  };
}

/** `[batch, channels, height, width]` to `[batch, height, width, channels]`. */
export function toNHWC(
  data: ArrayLike<number>,
  [batch, channels, height, width]: readonly [number, number, number, number],
): Float32Array {
  const output = new Float32Array(data.length);
  for (let b = 0; b < batch; b++)
    for (let c = 0; c < channels; c++)
      for (let p = 0; p < height * width; p++)
        output[(b * height * width + p) * channels + c] = data[(b * channels + c) * height * width + p]!;
  return output;
}

/** Where element `index` of an NCHW tensor stands in NHWC. */
export function indexInNHWC(index: number, [, channels, height, width]: readonly number[]): number {
  const pixels = height! * width!;
  const b = Math.floor(index / (channels! * pixels));
  const c = Math.floor(index / pixels) % channels!;
  return (b * pixels + (index % pixels)) * channels! + c;
}
