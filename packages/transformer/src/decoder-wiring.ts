/**
 * What an attention of a decoder layer can take: the layer's learned query embedding, the encoder embeddings, the previous
 * layer's output (in the first layer the encoder embeddings, or the one query embedding of a vanilla decoder), and, in the
 * second attention, the result of the first.
 */
export type Source = 'query' | 'encoder' | 'previous' | 'result';

/** What asks and what is asked: position embeddings are added to query and key, the result is added to the query's source. */
export interface AttentionWiring<From extends Source = Source> {
  readonly query: From;
  readonly keyValue: From;
}

/** The two attentions of a decoder layer; what the second gives goes into the feed-forward network. */
export interface DecoderWiring {
  readonly first: AttentionWiring<Exclude<Source, 'result'>>;
  readonly second: AttentionWiring;
}

type Pair<From extends Source> = readonly [query: From, keyValue: From];

const wiring = (first: Pair<Exclude<Source, 'result'>>, second: Pair<Source>): DecoderWiring => ({
  first: { query: first[0], keyValue: first[1] },
  second: { query: second[0], keyValue: second[1] },
});

/**
 * The six designs of a layer-wise query decoder (UniAD, figure A1, section C.2 and table A3).
 *
 * Design `a` is the paper's choice and the official code's; the text describes `a`, `b` and `f` too. The letters of the
 * other three stand in the figure alone, so here they are given out in this order.
 */
export const decoderDesigns = {
  a: wiring(['query', 'encoder'], ['result', 'previous']),
  b: wiring(['query', 'previous'], ['result', 'encoder']),
  c: wiring(['query', 'encoder'], ['previous', 'result']),
  d: wiring(['query', 'previous'], ['encoder', 'result']),
  e: wiring(['previous', 'encoder'], ['query', 'result']),
  f: wiring(['encoder', 'previous'], ['query', 'result']),
} as const;

/** The designs of figure A1 by letter. */
export type DecoderDesign = keyof typeof decoderDesigns;

/** A layer of the vanilla transformer's decoder (Vaswani et al. 2017; UniAD, appendix B.1): self-attention, then the encoder's. */
export const vanillaWiring = wiring(['previous', 'previous'], ['result', 'encoder']);
