import { interpolatePlasma } from 'd3-scale-chromatic';
import { resolveConfig } from '../config.js';
import { heatColour, heatColours, heatScaleOf } from './colour-map.js';

const scale = { range: [10, 20], threshold: 15 } as const;

test('is the plasma colour map as d3 has it, within what can be seen', () => {
  for (let step = 0; step <= 100; step++) {
    const hex = Number.parseInt(interpolatePlasma(step / 100).slice(1), 16);
    const [red, green, blue] = heatColour(10 + step / 10, scale);
    expect(Math.abs(red - (hex >> 16))).toBeLessThan(14);
    expect(Math.abs(green - ((hex >> 8) & 255))).toBeLessThan(14);
    expect(Math.abs(blue - (hex & 255))).toBeLessThan(14);
  }
});

test('rises evenly in lightness, so that it reads without colour', () => {
  const linear = (channel: number) => ((channel / 255 + 0.055) / 1.055) ** 2.4;
  const lightness = Array.from({ length: 21 }, (_, i) => {
    const [red, green, blue] = heatColour(10 + i / 2, scale);
    return 116 * Math.cbrt(0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)) - 16;
  });
  const rises = lightness.slice(1).map((value, i) => value - lightness[i]!);
  expect(Math.min(...rises)).toBeGreaterThan(2);
  expect(Math.max(...rises)).toBeLessThan(7);
});

test('cold and what is not a number are transparent, and heat never covers more than it lets through', () => {
  const alphas = (values: number[]) => [...heatColours(Float32Array.from(values), scale)].filter((_, i) => i % 4 === 3);
  expect(alphas([-Infinity, 9, 10, NaN])).toEqual([0, 0, 0, 0]);
  const [some, more, most, beyond] = alphas([11, 12, 20, Infinity]) as [number, number, number, number];
  expect(some).toBeGreaterThan(0);
  expect(more).toBeGreaterThan(some);
  expect(most).toBe(beyond);
  expect(most).toBeLessThan(128);
});

test('outlines nothing where a threshold is of the mean, not of pixels', () => {
  const threshold = { score: 15, source: '', mapRange: [10, 20] as const };
  expect(heatScaleOf({ config: resolveConfig({}), threshold })).toEqual(scale);
  expect(heatScaleOf({ config: resolveConfig({ imageScore: 'max-pixel' }), threshold })).toEqual(scale);
  expect(heatScaleOf({ config: resolveConfig({ imageScore: 'mean' }), threshold })).toEqual({ range: [10, 20] });
});
