/** Of the feed-forward network, which the layers share with networks that have no attention. */
export interface FeedForwardOptions {
  /** Channels of a token. */
  readonly width: number;
  /** Channels between the two linear layers. */
  readonly feedForwardWidth: number;
  /** Rate of dropout: after each attention and linear layer, and on the attention weights. */
  readonly dropoutRate: number;
  /** Between the two linear layers: `relu` as the paper has it (the default), or the exact `gelu`. */
  readonly activation?: 'relu' | 'gelu';
}

/** What every layer of an encoder or decoder shares. */
export interface LayerOptions extends FeedForwardOptions {
  readonly heads: number;
  /** Layer norm after each residual sum, as the paper has it (the default), or before each block. */
  readonly norm?: 'post' | 'pre';
}
