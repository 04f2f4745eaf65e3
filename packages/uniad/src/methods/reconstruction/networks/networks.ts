import type { Generator, Parameters } from '@uniad/nn';
import type { ReconstructionConfig } from '../config.js';
import { Cnn } from './cnn.js';
import type { ReconstructionNetwork } from './network.js';
import { Mlp } from './mlp.js';
import { Transformer } from './transformer.js';

type NetworkClass = new (
  parameters: Parameters,
  config: ReconstructionConfig,
  generator: Generator,
) => ReconstructionNetwork;

/** The networks that are compared in figure 2. */
export const networks: Readonly<Record<ReconstructionConfig['reconstruction'], NetworkClass>> = {
  transformer: Transformer,
  mlp: Mlp,
  cnn: Cnn,
};
