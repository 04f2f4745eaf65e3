import { PickleError, readTorchCheckpoint } from '@uniad/pickle';
import type { PlainValue } from '@uniad/pickle';
import type { StateDict } from '@uniad/nn';
import { resolveConfig } from '../config.js';
import type { ConfigOverrides } from '../config.js';
import { ConfigError, RunError } from '../errors.js';
import { merge } from '../merge.js';
import { within } from '../scopes.js';
import { configOfAuthors } from './config-of-authors.js';
import type { ReconstructionConfig } from '../methods/reconstruction/config.js';

/** What a checkpoint of the authors' implementation holds of a model. */
export interface OfficialCheckpoint {
  readonly config: ReconstructionConfig;
  /** Of the features it reconstructs. */
  readonly channels: number;
  /** Of the reconstruction network, by the same names without `module.reconstruction.` */
  readonly parameters: StateDict;
  /** Of the backbone; empty where the checkpoint has none. */
  readonly backbone: StateDict;
}

/**
 * Reads a checkpoint of the authors' implementation, `ckpt.pth.tar`. Sizes and layers follow from its tensors; heads, masks, jitter
 * and the backbone from the configuration that it holds beside them, `arch`; they are the paper's where neither that nor the overrides tell.
 *
 * @param overrides of the configuration
 * @throws RunError for what is no such checkpoint, ConfigError for settings that do not go with it
 */
export function readCheckpointOfAuthors(file: Uint8Array, overrides: ConfigOverrides = {}): OfficialCheckpoint {
  const { tensors, arch } = openCheckpoint(file);
  const state = withoutModule(tensors);
  const backbone = within(state, 'backbone.');
  const own = within(state, 'reconstruction.');
  const parameters = Object.keys(own).length > 0 ? own : state;
  const shapeOf = (name: string): readonly number[] => {
    const tensor = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    if (!tensor || tensor.data.length === 0) throw new RunError(`Expected a checkpoint of UniAD but it has no ${name}`);
    return tensor.shape;
  };
  const [hiddenDim = 0, channels = 0] = shapeOf('input_proj.weight');
  const layersOf = (part: string) => {
    const pattern = new RegExp(`^transformer\\.${part}\\.layers\\.(\\d+)\\.`);
    // Counted, not the highest number: a name alone must not make a network of a milliard layers.
    return new Set(Object.keys(parameters).flatMap((name) => pattern.exec(name)?.[1] ?? [])).size;
  };
  const [encoderLayers, decoderLayers] = [layersOf('encoder'), layersOf('decoder')];
  const first = `transformer.${encoderLayers > 0 ? 'encoder' : 'decoder'}.layers.0`;
  const [feedForwardDim = 0] = shapeOf(`${first}.linear1.weight`);
  // Sizes that whole matrices of the file bear out, so that the network is no larger than what it is read from.
  const requireShape = (name: string, wanted: readonly number[]) => {
    const shape = shapeOf(name);
    if (shape.join() === wanted.join()) return;
    throw new RunError(`Expected the shape [${wanted.join(', ')}] for ${name} but received [${shape.join(', ')}]`);
  };
  requireShape('input_proj.weight', [hiddenDim, channels]);
  requireShape(`${first}.self_attn.in_proj_weight`, [3 * hiddenDim, hiddenDim]);
  requireShape(`${first}.linear1.weight`, [feedForwardDim, hiddenDim]);
  const has = (name: string) => Object.hasOwn(parameters, name);
  const learned = has('pos_embed.row_embed.weight');
  const inferred: ConfigOverrides = {
    hiddenDim,
    feedForwardDim,
    encoderLayers,
    decoderLayers,
    norm: has('transformer.encoder.norm.weight') ? 'pre' : 'post',
    positionEmbedding: learned ? 'learned' : 'sine',
    ...(learned && {
      featureSize: [shapeOf('pos_embed.row_embed.weight')[0]!, shapeOf('pos_embed.col_embed.weight')[0]!] as const,
    }),
  };
  const told = merge(merge({}, { ...configOfAuthors(arch) }), { ...inferred });
  const config = resolveConfig(merge(told, { ...overrides }) as ConfigOverrides);
  if (config.method !== 'reconstruction')
    throw new RunError('Expected the method reconstruction for a checkpoint of UniAD');
  if (config.beside)
    throw new ConfigError('Expected beside to be null for a checkpoint of UniAD, which was trained on one backbone');
  const queries = 'transformer.decoder.layers.0.learned_embed.weight'; // one a token
  const [rows, columns] = config.featureSize;
  if (has(queries) || config.queries === 'layer-wise') requireShape(queries, [rows * columns, hiddenDim]);
  return { config, channels, parameters, backbone };
}

function openCheckpoint(file: Uint8Array): { readonly tensors: StateDict; readonly arch: PlainValue | undefined } {
  try {
    const { tensors, entry } = readTorchCheckpoint(file);
    return { tensors, arch: entry('arch') };
  } catch (error) {
    if (error instanceof PickleError)
      throw new RunError(`Cannot read the checkpoint: ${error.message}`, { cause: error });
    throw error;
  }
}

/** As a model that was trained on several devices is saved. */
function withoutModule(state: StateDict): StateDict {
  const entries = Object.entries(state).map(([name, tensor]) => [name.replace(/^module\./, ''), tensor] as const);
  return Object.fromEntries(entries);
}
