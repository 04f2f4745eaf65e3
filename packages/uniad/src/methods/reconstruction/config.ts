import * as v from 'valibot';
import { ConfigError } from '../../errors.js';
import { belowOne, flag, fraction, notNegative, oneOf, that, whole } from '../../validate.js';
import type { Group } from '../../validate.js';
import { coresetEntry } from '../memory/coreset-config.js';
import { placesEntry } from '../places/places-config.js';
import { backboneEntry, oddSide, oddSize, rising, sharedDefaults, sharedEntries } from '../shared-config.js';

/** What to remember of good pictures. */
const memoryEntries = {
  ...coresetEntry.entries,
  /** Whether they are compared as the network sees them, or as the first backbone gives them; those of one beside it always as the network does. */
  whitened: v.optional(flag, true),
};

const entries = {
  method: v.literal('reconstruction'),
  ...sharedEntries,
  /**
   * A second backbone, whose features of the same pictures stand beside those of the first: the network reconstructs both at once,
   * while each is whitened and compared with what is remembered on its own. Two that were trained differently find more than either.
   * Not in the paper; `null` for none.
   */
  beside: v.nullable(
    v.object({
      name: backboneEntry,
      stages: rising,
      /** As `neck.patchSize` is for the first. */
      patchSize: oddSide,
    }),
  ),
  /**
   * Side, in cells of the feature map, of the square whose mean is a token; the map has so many times the rows and columns of
   * `featureSize`. Beyond 1, which is the paper's, the memory chooses among squares at every place and looks for those at every place,
   * not only those that the tokens of a picture happen to fall on, and the map of distances is one of cells.
   */
  tokenSize: whole(1),
  /** Whether the features are whitened first, by their covariance over the training pictures; not in the paper, trains many times faster. */
  whiten: flag,
  /** The reconstruction network (sections 3.1 and B.1). */
  reconstruction: oneOf('transformer', 'mlp', 'cnn'),
  /** Channels of a token inside the network. */
  hiddenDim: that<number>(
    'an even number',
    (value) => Number.isInteger(value) && (value as number) > 0 && (value as number) % 2 === 0,
  ),
  heads: whole(1),
  feedForwardDim: whole(1),
  /** Table 5e. */
  encoderLayers: whole(0),
  decoderLayers: whole(0),
  dropout: belowOne,
  /** Where the layer norms stand: behind each residual connection (the paper), or in front of each part. */
  norm: oneOf('post', 'pre'),
  /** Of the feed-forward networks (table A1). */
  activation: oneOf('relu', 'gelu'),
  positionEmbedding: oneOf('learned', 'sine'),
  /** Query embeddings (table A2): one in each decoder layer, one in the first (the vanilla transformer), or none. */
  queries: oneOf('layer-wise', 'one', 'none'),
  /** How a layer with a query of its own wires query, encoder embedding and previous output (figure A1). */
  decoderDesign: oneOf('a', 'b', 'c', 'd', 'e', 'f'),
  /** Where neighbor masked attention applies, and how large its window is (section 3.2); `null` for full attention. */
  neighborMask: v.nullable(
    v.object({
      /** The window each token is kept from seeing, in tokens. */
      size: oddSize,
      encoder: flag,
      /** The first attention of a decoder layer. */
      decoderFirst: flag,
      /** The second attention of a decoder layer. */
      decoderSecond: flag,
    }),
  ),
  /** Noise on the features while training (equation 3): deviation `scale` times the token's norm over its channels. */
  jitter: v.object({ scale: notNegative, probability: fraction }),
  /** Equations 4 and A1 to A3; the anomaly map follows it. */
  loss: oneOf('mse', 'normalized-mse', 'cosine'),
  /**
   * How far a token is from its reconstruction: by the length of the difference (equation 5), or by its Mahalanobis distance,
   * whose covariance is measured on the training pictures; the latter is not in the paper, finds far more in models trained
   * briefly, and goes with the `mse` loss alone.
   */
  distance: oneOf('euclidean', 'mahalanobis'),
  /**
   * Tokens of good pictures to remember, as many of each kind of part: how far a token is from the nearest of them counts as well,
   * wherever it lies on the map. Distances of several kinds are brought together by their geometric mean, whichever scales they have,
   * in which this one counts twice. A picture's kind is the one whose places fit it best; without `places` all kinds are searched.
   * Not in the paper; `null` for none.
   */
  memory: v.nullable(v.object(memoryEntries)),
  /**
   * Patches of good pictures to remember in the same way, each the mean of a token and what is around it (as PatchCore, Roth et al.
   * 2022, section 3.1): what is large counts by them, what is small by the tokens. Not in the paper; `null` for none.
   */
  patches: v.nullable(
    v.object({
      ...memoryEntries,
      /** Side of a patch, in tokens. */
      size: v.optional(whole(2), 2),
    }),
  ),
  /**
   * What to know of each place of each kind of part: how far a token is from the subspace of the good ones there counts as well.
   * A picture's kind is the one whose places fit it best. Not in the paper; `null` for nothing.
   */
  places: v.nullable(placesEntry),
};

/** Describes a reconstruction model completely: every choice that the paper ablates is a field (sections 3.3, 4.6 and C). */
export type ReconstructionConfig = Readonly<v.InferOutput<typeof reconstructionSchema>>;

export const reconstructionSchema: Group<typeof entries> = v.object(entries);

/** The paper's model for MVTec-AD (section 4.2). */
export const reconstructionDefaults: ReconstructionConfig = {
  method: 'reconstruction',
  ...sharedDefaults,
  beside: null,
  tokenSize: 1,
  whiten: false,
  reconstruction: 'transformer',
  hiddenDim: 256,
  heads: 8,
  feedForwardDim: 1024,
  encoderLayers: 4,
  decoderLayers: 4,
  dropout: 0.1,
  norm: 'post',
  activation: 'relu',
  positionEmbedding: 'learned',
  queries: 'layer-wise',
  decoderDesign: 'a',
  neighborMask: { size: [7, 7], encoder: true, decoderFirst: true, decoderSecond: true },
  jitter: { scale: 20, probability: 1 },
  loss: 'mse',
  distance: 'euclidean',
  memory: null,
  patches: null,
  places: null,
};

/** @throws ConfigError naming two settings that do not go together */
export function checkReconstruction(config: ReconstructionConfig): void {
  const { reconstruction, hiddenDim, heads, distance, loss, neighborMask, featureSize, tokenSize, backbone } = config;
  const transformer = reconstruction === 'transformer';
  if (transformer && hiddenDim % heads !== 0) {
    throw new ConfigError(`Expected hiddenDim to be a multiple of heads (${heads}) but received ${hiddenDim}`);
  }
  if (distance === 'mahalanobis' && loss !== 'mse') {
    throw new ConfigError(
      `Expected the loss "mse" with the distance "mahalanobis" but received ${JSON.stringify(loss)}`,
    );
  }
  if (config.patches && (tokenSize * (config.patches.size - 1)) % 2 > 0) {
    throw new ConfigError(
      `Expected an odd patches.size with the odd tokenSize ${tokenSize} but received ${config.patches.size}`,
    );
  }
  if (!backbone.frozen && config.beside) {
    throw new ConfigError('Expected beside to be null with a backbone that is trained');
  }
  if (!backbone.frozen && tokenSize > 1) {
    throw new ConfigError(`Expected 1 for tokenSize with a backbone that is trained but received ${tokenSize}`);
  }
  if (!backbone.frozen && (config.whiten || config.memory || config.patches || config.places)) {
    const part = config.memory ? 'memory' : config.patches ? 'patches' : 'places';
    const name = config.whiten ? 'whiten to be false' : `${part} to be null`;
    throw new ConfigError(`Expected ${name} for a backbone that is trained, whose features move`);
  }
  if (transformer && config.encoderLayers + config.decoderLayers === 0) {
    throw new ConfigError('Expected at least one of encoderLayers and decoderLayers but received 0 and 0');
  }
  if (transformer && config.queries !== 'layer-wise' && config.decoderDesign !== 'a') {
    throw new ConfigError(
      `Expected layer-wise queries for the decoderDesign ${JSON.stringify(config.decoderDesign)} but received ${JSON.stringify(config.queries)}`,
    );
  }
  if (transformer && neighborMask) {
    // The token in the middle is the one whose window covers most of the grid.
    const hides = (axis: 0 | 1) => neighborMask.size[axis] >= 2 * Math.ceil((featureSize[axis] - 1) / 2) + 1;
    if (hides(0) && hides(1)) {
      throw new ConfigError(
        `Expected a neighborMask.size that leaves every token of ${featureSize.join('x')} something to see but received ${neighborMask.size.join('x')}`,
      );
    }
  }
}
