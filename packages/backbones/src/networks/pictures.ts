/** The pictures that a network's weights were trained on. */
export interface Pictures {
  /** Of red, green and blue in 0..1; a picture is normalised by taking this away and dividing by the deviation. */
  readonly mean: readonly [red: number, green: number, blue: number];
  readonly deviation: readonly [red: number, green: number, blue: number];
  /** Pixels a side on which the network is customarily run. */
  readonly imageSize: number;
}

/** Normalised as ImageNet's pictures are. */
export function imagenetPictures(imageSize: number): Pictures {
  return { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225], imageSize };
}

/** Brought to -1..1, as later networks of TensorFlow want it. */
export function centredPictures(imageSize: number): Pictures {
  return { mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5], imageSize };
}
