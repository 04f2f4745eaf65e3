import { Generator } from '@uniad/nn';
import { PlaceGaussians } from './gaussian.js';

const [PICTURES, PLACES, CHANNELS] = [7, 3, 9] as const;

/** Fewer pictures than channels, far from zero. */
const embeddings = Array.from({ length: PICTURES }, (_, picture) =>
  new Generator(picture).fillNormal(new Float32Array(PLACES * CHANNELS), 1000, 0.5),
);

function measured(): PlaceGaussians {
  const gaussians = new PlaceGaussians(PLACES, CHANNELS);
  for (const embedding of embeddings) gaussians.add(embedding);
  return gaussians;
}

const at = (picture: number, place: number, channel: number) => embeddings[picture]![place * CHANNELS + channel]!;
const meanOf = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const pictures = Array.from({ length: PICTURES }, (_, picture) => picture);

test('means', () => {
  measured()
    .mean()
    .forEach((value, i) => {
      const [place, channel] = [Math.floor(i / CHANNELS), i % CHANNELS];
      expect(value).toBeCloseTo(meanOf(pictures.map((picture) => at(picture, place, channel))), 3);
    });
});

test('the product of the covariance (equation 1) and its inverse is one', () => {
  const inverse = measured().inverseCovariance(0.01);
  for (let place = 0; place < PLACES; place++) {
    const mean = Array.from({ length: CHANNELS }, (_, c) => meanOf(pictures.map((picture) => at(picture, place, c))));
    const covariance = (i: number, j: number) =>
      (meanOf(pictures.map((k) => (at(k, place, i) - mean[i]!) * (at(k, place, j) - mean[j]!))) * PICTURES) /
        (PICTURES - 1) +
      (i === j ? 0.01 : 0);
    for (let i = 0; i < CHANNELS; i++) {
      for (let j = 0; j < CHANNELS; j++) {
        let sum = 0;
        for (let k = 0; k < CHANNELS; k++) sum += covariance(i, k) * inverse[(place * CHANNELS + k) * CHANNELS + j]!;
        expect(sum).toBeCloseTo(Number(i === j), 4);
      }
    }
  }
});
