/** What is measured of a device, or of a peer: medians. */
export interface Figures {
  /** Jitter, forward, backward, clipping and AdamW on features [8, 14, 14, 272]. */
  readonly trainStepMs: number;
  readonly forwardMs: number;
  readonly forwardBatch1Ms: number;
  /** One picture from the bytes of a JPEG to its anomaly map, with EfficientNetV2-B0. */
  readonly predictMs: number;
  /** Pictures a second through EfficientNetV2-B0, batch 8. */
  readonly backbonePerSecond?: number;
  readonly peakRssMB: number;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}
