/** What the model makes of one picture. */
export interface Inspection {
  /** How far from normal the picture is (section 3.3). */
  readonly score: number;
  /** The same for all kinds of parts alike, from 0 to 1: 0.5 at the threshold. */
  readonly normalizedScore: number;
  readonly anomalous: boolean;
  /** From which score on the picture is called anomalous: that of the kind it looks like most, or where there are no kinds, of all. */
  readonly threshold: number;
  /** The kind it looks like most; null where it looks like nothing that was learned, or no kinds are known. */
  readonly category: string | null;
  /** How little it looks like that kind: about 1 for one of its good pictures; null where no kinds are known. */
  readonly categoryDistance: number | null;
  /** How far from normal each pixel is, `[height, width]` of the configured image size, row-major. */
  readonly map: Float32Array;
}
