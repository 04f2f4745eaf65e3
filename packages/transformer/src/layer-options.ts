/** What every layer of an encoder or decoder shares. */
export interface LayerOptions {
  /** Channels of a token. */
  readonly width: number;
  readonly heads: number;
  /** Channels between the two linear layers of the feed-forward network. */
  readonly feedForwardWidth: number;
  /** Rate of dropout after each attention and linear layer, and on the attention weights. */
  readonly dropoutRate: number;
  /** Layer norm after each residual sum, as the paper has it, or before each block. */
  readonly norm: 'post' | 'pre';
}
