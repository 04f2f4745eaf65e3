import { cholesky, inverseOfLower } from '../cholesky.js';

/**
 * A Gaussian each place, measured picture by picture: what is held does not grow with their number.
 */
export class PlaceGaussians {
  private pictures = 0;
  /** Of the first picture: what is summed is relative to it, so that large means cost no digits. */
  private readonly origin: Float32Array;
  private readonly sums: Float64Array; // [places, channels]
  private readonly products: Float64Array; // [places, channels * (channels + 1) / 2], the lower triangle row by row

  constructor(
    private readonly places: number,
    private readonly channels: number,
  ) {
    this.origin = new Float32Array(places * channels);
    this.sums = new Float64Array(places * channels);
    this.products = new Float64Array((places * channels * (channels + 1)) / 2);
  }

  /** @param embedding `[places, channels]` of one more picture */
  add(embedding: Float32Array): void {
    const { places, channels, origin, sums, products } = this;
    if (this.pictures++ === 0) origin.set(embedding);
    const x = new Float64Array(channels);
    for (let place = 0, at = 0; place < places; place++) {
      const start = place * channels;
      for (let i = 0; i < channels; i++) {
        const value = (x[i] = embedding[start + i]! - origin[start + i]!);
        sums[start + i]! += value;
        for (let j = 0; j <= i; j++) products[at++]! += value * x[j]!;
      }
    }
  }

  /** `[places, channels]` */
  mean(): Float32Array {
    return this.origin.map((value, i) => value + this.sums[i]! / this.pictures);
  }

  /**
   * Equation 1, inverted.
   *
   * @param regularization added to the diagonal of each covariance
   * @returns `[places, channels, channels]`
   */
  inverseCovariance(regularization: number): Float32Array {
    const { places, channels } = this;
    const inverses = new Float32Array(places * channels ** 2);
    for (let place = 0; place < places; place++) {
      const factor = inverseOfLower(cholesky(this.covariance(place, regularization), channels), channels); // L⁻¹
      const inverse = inverses.subarray(place * channels ** 2, (place + 1) * channels ** 2);
      for (let i = 0; i < channels; i++) {
        for (let j = 0; j <= i; j++) {
          let sum = 0; // L⁻¹ᵀ L⁻¹
          for (let k = i; k < channels; k++) sum += factor[k * channels + i]! * factor[k * channels + j]!;
          inverse[i * channels + j] = sum;
          inverse[j * channels + i] = sum;
        }
      }
    }
    return inverses;
  }

  private covariance(place: number, regularization: number): Float64Array {
    const { channels, pictures, sums, products } = this;
    const covariance = new Float64Array(channels ** 2);
    let at = (place * channels * (channels + 1)) / 2;
    for (let i = 0; i < channels; i++) {
      const sum = sums[place * channels + i]!;
      for (let j = 0; j <= i; j++) {
        const value = (products[at++]! - (sum * sums[place * channels + j]!) / pictures) / (pictures - 1);
        covariance[i * channels + j] = value + (i === j ? regularization : 0);
      }
    }
    return covariance;
  }
}
